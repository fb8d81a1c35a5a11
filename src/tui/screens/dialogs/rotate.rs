//! The dialog that guides through a rotation: its four steps, the one that is due, and what to do about it.

use ratatui::text::{Line, Span};

use super::dialog_text::DialogText;
use super::remedy_text::key_failure_remedy;
use crate::domain::api_key::Fingerprint;
use crate::domain::rotation::{Rotation, RotationRequest, RotationStage};
use crate::monitor::snapshot::{EnvironmentSnapshot, NewKeyState, RotationSnapshot};
use crate::tui::dialog::{Confirmation, PendingRequest, Rotate, RotateDialogError, RotateDialogState, StoredKeyError};
use crate::tui::keymap::UiCommand;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::columns;
use crate::wording::clauses::capital;
use crate::wording::dialogs::rotating;
use crate::wording::remedies::RemedyAudience;
use crate::wording::rotation_errors;
use crate::wording::sentences::{self, OldKeyUse, StatusSymbol, key_name};

pub(super) const WIDTH: u16 = 72;
/// The number of a step and its mark stand in so many columns.
const INDENT: u16 = 5;
/// Progress in the steps.
#[derive(Clone, Copy)]
struct StepProgress {
    /// So many are.
    done: usize,
    /// True where the next one is due now.
    due: bool,
}

/// Source of the dialog's lines.
struct RotateView<'a> {
    dialog: &'a Rotate,
    environment: Option<&'a EnvironmentSnapshot>,
    screen: &'a Screen,
    context: &'a ViewContext<'a>,
}

pub(super) fn write(
    text: &mut DialogText,
    dialog: &Rotate,
    environment: Option<&EnvironmentSnapshot>,
    screen: &Screen,
    context: &ViewContext<'_>,
) {
    let view = RotateView { dialog, environment, screen, context };
    let state = dialog.state(environment);
    view.heading(text, state);
    text.blank();
    let progress = view.progress(state);
    // Only a question is more pressing than the steps.
    let rank = if dialog.confirmation.is_some() { 3 } else { 0 };
    for index in 0..rotating::STEPS {
        step(text, index, progress, rank);
        let details_here = if is_started(state) { 1 } else { progress.done };
        if index == details_here && progress.due && dialog.confirmation.is_none() {
            view.details(text, state);
        }
    }
    text.blank();
    view.below(text, state);
}

/// `▸ 2  paste it: …`
fn step(text: &mut DialogText, index: usize, progress: StepProgress, rank: u8) {
    let due = progress.due && index == progress.done;
    let appearance = text.appearance();
    let symbols = appearance.symbols;
    let (mark, role) = if index < progress.done {
        (symbols.mark(StatusSymbol::Ok), Role::Text)
    } else if due {
        (symbols.chosen, Role::Accent)
    } else {
        (symbols.mark(StatusSymbol::NoKey), Role::Muted)
    };
    let style = if due { appearance.bold(Role::Text) } else { appearance.style(role) };
    let (long, short) = rotating::step(index);
    let room = text.width().saturating_sub(INDENT);
    let step = if columns(&long) <= room { long } else { short.to_owned() };
    let number = appearance.span(role, format!("{mark} {}  ", index + 1));
    text.line(rank, Line::from_iter([number, Span::styled(step, style)]));
}

fn is_started(state: RotateDialogState<'_>) -> bool {
    matches!(state, RotateDialogState::UnderWay(snapshot) if snapshot.rotation.stage == RotationStage::Started)
}

impl RotateView<'_> {
    /// Line of the key, and of the start of its rotation.
    fn heading(&self, text: &mut DialogText, state: RotateDialogState<'_>) {
        let ViewContext { now, zone, .. } = *self.context;
        let told = match state {
            RotateDialogState::Ready(key) => rotating::ready(key, now, zone),
            RotateDialogState::UnderWay(RotationSnapshot { rotation, .. }) => {
                rotating::under_way(&self.name_of(rotation.old), rotation.started_at, now, zone)
            }
            RotateDialogState::Ended(_) | RotateDialogState::Blocked(_) => return,
        };
        let snoozed = self.environment.and_then(|environment| sentences::snoozed(environment, now, zone));
        let snoozed = snoozed.map(|snoozed| format!("; {snoozed}")).unwrap_or_default();
        text.say(7, 0, &format!("{told}{snoozed}"), Role::Muted);
    }

    fn progress(&self, state: RotateDialogState<'_>) -> StepProgress {
        let (done, due) = match state {
            RotateDialogState::Blocked(_) | RotateDialogState::Ready(_) => (0, false),
            RotateDialogState::Ended(rotation) => (if self.is_completed(rotation) { 4 } else { 0 }, false),
            RotateDialogState::UnderWay(snapshot) => match snapshot.rotation.stage {
                RotationStage::Started => (self.pasting().into(), true),
                RotationStage::Promoting | RotationStage::RollingBack | RotationStage::RolledBack => (1, true),
                RotationStage::Watching => match sentences::old_key_use(snapshot, self.context.now) {
                    OldKeyUse::Unused(_) | OldKeyUse::Refused if snapshot.new_key == NewKeyState::Answers => (3, true),
                    _ => (2, true),
                },
                RotationStage::Erasing => (3, true),
                RotationStage::Completed => (4, false),
                RotationStage::Abandoning | RotationStage::Abandoned => (0, false),
            },
        };
        StepProgress { done, due }
    }

    /// True once a new key was typed or offered.
    fn pasting(&self) -> bool {
        let offered = matches!(self.dialog.pending, Some(PendingRequest::Offer(_) | PendingRequest::Override(_)));
        offered || self.dialog.rejected.is_some() || self.dialog.input.length() > 0
    }

    /// True for a rotation after which the new key stayed in use.
    fn is_completed(&self, rotation: &Rotation) -> bool {
        let current =
            self.environment.and_then(|environment| environment.key.as_ref()).map(|key| key.identity.fingerprint);
        rotation.new.is_some() && current != Some(rotation.old)
    }

    /// Lines below the step that is due.
    fn details(&self, text: &mut DialogText, state: RotateDialogState<'_>) {
        let RotateDialogState::UnderWay(snapshot) = state else { return };
        let rotation = &snapshot.rotation;
        let indent = if text.width() < WIDTH - 4 { 2 } else { INDENT };
        match (rotation.stage, &self.dialog.pending) {
            (RotationStage::Started, Some(PendingRequest::Offer(key) | PendingRequest::Override(key))) => {
                text.key_given(indent, &key_name(key));
            }
            (RotationStage::Started, _) => text.key_field(indent, &self.dialog.input),
            (RotationStage::Watching, _) => self.old_key(text, indent, snapshot),
            _ => {
                let new = rotation.new.map(|new| self.name_of(new)).unwrap_or_default();
                if let Some(progress) = rotating::progress(rotation.stage, &self.name_of(rotation.old), &new) {
                    text.say(1, indent, &progress, Role::Text);
                }
            }
        }
    }

    /// Lines of the old key's use by others, and of the start of the new one's.
    fn old_key(&self, text: &mut DialogText, indent: u16, snapshot: &RotationSnapshot) {
        let ViewContext { now, zone, .. } = *self.context;
        let usage = sentences::old_key_use(snapshot, now);
        let new = snapshot.rotation.new.map(|new| self.name_of(new)).unwrap_or_default();
        if let Some(error) = rotating::new_key_error(&snapshot.new_key, &new) {
            let is_refused = matches!(&snapshot.new_key, NewKeyState::Fails(failure) if failure.kind().is_refusal());
            let mark = if is_refused { StatusSymbol::Critical } else { StatusSymbol::Unknown };
            text.marked(0, indent, mark, &error);
            text.say(1, indent + 2, rotating::way_out(usage), Role::Text);
        }
        let mark = match usage {
            OldKeyUse::Used(_) => StatusSymbol::Warning,
            OldKeyUse::Unknown => StatusSymbol::Unknown,
            OldKeyUse::Quiet(_) | OldKeyUse::Unused(_) | OldKeyUse::Refused => StatusSymbol::Ok,
        };
        text.marked(1, indent, mark, &rotating::old_key(snapshot, &self.name_of(snapshot.rotation.old), now, zone));
        if let Some(promoted_at) = snapshot.rotation.promoted_at {
            let key = self.environment.and_then(|environment| environment.key.as_ref());
            let new = key.map(|key| key_name(&key.identity)).unwrap_or_default();
            text.say(6, indent + 2, &rotating::in_use_since(&new, promoted_at, now, zone), Role::Muted);
        }
        if let Some(end) = rotating::end_of_old_key(usage, snapshot.new_key == NewKeyState::Answers) {
            text.say(3, indent + 2, &end, Role::Text);
        } else if let Some(at) = snapshot.old_key.as_ref().and_then(|old| old.next_poll.at) {
            text.say(7, indent + 2, &rotating::checked_again(at, now, zone), Role::Muted);
        }
    }

    /// Lines below the steps: the pending request, the last error, or the decision that is due.
    fn below(&self, text: &mut DialogText, state: RotateDialogState<'_>) {
        if let Some(request) = &self.dialog.pending {
            return text.under_way(self.context.wait_hint.unwrap_or(waiting_for(request)));
        }
        if let Some(confirmation) = &self.dialog.confirmation {
            return self.confirm(text, confirmation);
        }
        match state {
            RotateDialogState::Blocked(error) => self.blocked(text, error),
            RotateDialogState::Ready(_) => {
                text.say(1, 0, rotating::START, Role::Text);
                text.say(5, 0, rotating::CLOSABLE, Role::Muted);
            }
            RotateDialogState::Ended(rotation) => {
                let ended = rotating::ended(self.environment, self.is_completed(rotation));
                text.marked(1, 0, StatusSymbol::Ok, &ended);
            }
            RotateDialogState::UnderWay(snapshot) => {
                if let Some(error) = &snapshot.error {
                    let told =
                        rotation_errors::rotation_failed(error, &self.dialog.environment, &RemedyAudience::Dialog);
                    text.marked(2, 0, StatusSymbol::Warning, &capital(&told));
                }
                match snapshot.rotation.stage {
                    RotationStage::RolledBack => text.say(2, 0, rotating::ROLLED_BACK, Role::Text),
                    RotationStage::Abandoning => text.under_way(rotating::GIVING_UP),
                    _ => {}
                }
            }
        }
        if let Some(error) = &self.dialog.error {
            text.error(&self.told(error));
            if is_started(state) {
                text.say(4, 0, rotating::OLD_KEY_STAYS, Role::Muted);
            }
        }
    }

    fn told(&self, error: &RotateDialogError) -> String {
        match error {
            RotateDialogError::Unusable(reason) => reason.to_string(),
            RotateDialogError::NotTaken(error) => {
                rotation_errors::rotation_failed(error, &self.dialog.environment, &RemedyAudience::Dialog)
            }
            RotateDialogError::NoReminder => rotating::NO_REMINDER.to_owned(),
            RotateDialogError::Overdue => rotating::OVERDUE.to_owned(),
        }
    }

    fn confirm(&self, text: &mut DialogText, Confirmation { request, name }: &Confirmation) {
        let (what, press) = rotating::to_confirm(*request);
        text.marked(1, 0, StatusSymbol::Warning, what);
        match name {
            Some(name) => {
                text.say(1, 2, &rotating::name_to_type(&self.dialog.environment), Role::Text);
                text.name_field(name);
            }
            None => text.say(1, 2, press, Role::Text),
        }
    }

    /// Lines of why the key can't be rotated here, and of the way out.
    fn blocked(&self, text: &mut DialogText, error: StoredKeyError<'_>) {
        let environment = &self.dialog.environment;
        let (why, advice) = match error {
            StoredKeyError::NoKey => rotating::no_key(environment, self.screen.key_of(UiCommand::AddKey).as_deref()),
            StoredKeyError::Unreadable(failure) => {
                (failure.to_string(), Some(key_failure_remedy(failure, environment, self.screen)))
            }
            StoredKeyError::Elsewhere(source) => {
                let [why, advice] = rotating::elsewhere(source);
                (why, Some(advice))
            }
            StoredKeyError::Rotating => return,
        };
        text.impossible(1, &why, advice.as_deref());
    }

    fn name_of(&self, fingerprint: Fingerprint) -> String {
        self.environment
            .map_or_else(|| fingerprint.to_string(), |environment| sentences::name_of(fingerprint, environment))
    }
}

fn waiting_for(request: &PendingRequest) -> &'static str {
    match request {
        PendingRequest::Start => rotating::STARTING,
        PendingRequest::Offer(_) => rotating::TRYING,
        PendingRequest::Override(_) => rotating::changing(RotationRequest::PromoteAgain),
        PendingRequest::Change(request) => rotating::changing(*request),
    }
}
