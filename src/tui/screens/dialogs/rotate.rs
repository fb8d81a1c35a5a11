//! The dialog that guides through a rotation: its four steps, the one that is due, and what to do about it.

use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::dialog_text::DialogText;
use super::remedy_text::key_failure_remedy;
use crate::domain::rotation::{Rotation, RotationRequest, RotationStage};
use crate::domain::web_page::KEYS_PAGE;
use crate::monitor::snapshot::{EnvironmentSnapshot, NewKeyState, RotationSnapshot};
use crate::tui::dialog::{Confirmation, PendingRequest, Rotate, RotateDialogError, RotateDialogState, StoredKeyError};
use crate::tui::keymap::UiCommand;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::columns;
use crate::wording::clauses::capital;
use crate::wording::remedies::RemedyAudience;
use crate::wording::request_errors;
use crate::wording::rotation_errors;
use crate::wording::sentences::{self, OldKeyUse, StatusSymbol, key_name};
use crate::wording::times;

pub(super) const WIDTH: u16 = 72;
/// The number of a step and its mark stand in so many columns.
const INDENT: u16 = 5;
/// The steps, and the same where there is no room. The address of the web page follows the first.
const STEPS: [(&str, &str); 4] = [
    ("make the new key at", "make the new key"),
    ("paste it: it is tried first, the old one is kept aside", "paste the new key"),
    ("move your applications over to the new key", "move applications over"),
    ("revoke the old key on the web page; this is detected here", "revoke the old key"),
];

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
    for index in 0..STEPS.len() {
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
    let symbols = text.appearance().symbols;
    let (mark, role) = if index < progress.done {
        (symbols.mark(StatusSymbol::Ok), Role::Text)
    } else if due {
        (symbols.chosen, Role::Accent)
    } else {
        (symbols.mark(StatusSymbol::NoKey), Role::Muted)
    };
    let style = if due { text.style(Role::Text).add_modifier(Modifier::BOLD) } else { text.style(role) };
    let (long, short) = STEPS[index];
    let room = text.width().saturating_sub(INDENT);
    let long = if index == 0 { format!("{long} {KEYS_PAGE}") } else { long.to_owned() };
    let step = if columns(&long) <= room { long } else { short.to_owned() };
    let number = format!("{mark} {}  ", index + 1);
    let mark_style = if due { text.style(Role::Accent) } else { style };
    text.line(rank, Line::from_iter([Span::styled(number, mark_style), Span::styled(step, style)]));
}

fn is_started(state: RotateDialogState<'_>) -> bool {
    matches!(state, RotateDialogState::UnderWay(snapshot) if snapshot.rotation.stage == RotationStage::Started)
}

impl RotateView<'_> {
    /// Line of the key, and of the start of its rotation.
    fn heading(&self, text: &mut DialogText, state: RotateDialogState<'_>) {
        let ViewContext { now, zone, .. } = *self.context;
        let told = match state {
            RotateDialogState::Ready(key) => {
                let due = key.age.map(|age| format!(": {}", sentences::rotate_by(&age, now, zone)));
                format!("key {} from {}{}", key_name(&key.identity), key.source, due.unwrap_or_default())
            }
            RotateDialogState::UnderWay(RotationSnapshot { rotation, .. }) => {
                let since = times::date(rotation.started_at, now, zone);
                format!("rotation of key {} since {since}", self.name_of(rotation.old))
            }
            RotateDialogState::Ended(_) | RotateDialogState::Blocked(_) => return,
        };
        let snoozed = self.environment.and_then(|environment| sentences::snoozed(environment, now, zone));
        let snoozed = snoozed.map(|snoozed| format!("; {snoozed}")).unwrap_or_default();
        text.say(7, 0, &format!("{told}{snoozed}"), text.style(Role::Muted));
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
        let old = self.name_of(rotation.old);
        let new = rotation.new.map(|new| self.name_of(new)).unwrap_or_default();
        let plain = text.style(Role::Text);
        let indent = if text.width() < WIDTH - 4 { 2 } else { INDENT };
        match rotation.stage {
            RotationStage::Started => match &self.dialog.pending {
                Some(PendingRequest::Offer(key) | PendingRequest::Override(key)) => {
                    text.key_given(indent, &key_name(key));
                }
                _ => text.key_field(indent, &self.dialog.input),
            },
            RotationStage::Promoting => text.say(1, indent, &format!("new key {new} is being put in place"), plain),
            RotationStage::Watching => self.old_key(text, indent, snapshot),
            RotationStage::RollingBack => {
                text.say(1, indent, &format!("old key {old} is being put back in use"), plain);
            }
            RotationStage::RolledBack => {
                text.say(1, indent, &format!("old key {old} is in use again; the new one is kept aside"), plain);
            }
            RotationStage::Erasing => {
                text.say(1, indent, &format!("the service refuses {old}: it is being erased here"), plain);
            }
            RotationStage::Abandoning | RotationStage::Completed | RotationStage::Abandoned => {}
        }
    }

    /// Lines of the old key's use by others, and of the start of the new one's.
    fn old_key(&self, text: &mut DialogText, indent: u16, snapshot: &RotationSnapshot) {
        let ViewContext { now, zone, .. } = *self.context;
        let (plain, muted) = (text.style(Role::Text), text.style(Role::Muted));
        let old = self.name_of(snapshot.rotation.old);
        if let Some((mark, error)) = self.new_key_error(snapshot) {
            text.marked(0, indent, mark, &error, plain);
            let way_out = match sentences::old_key_use(snapshot, now) {
                OldKeyUse::Refused => "neither key works now: wait, the service may refuse all for a while",
                _ => "don't revoke the old key; Ctrl-B puts it back in use",
            };
            text.say(1, indent + 2, way_out, plain);
        }
        let answers = snapshot.new_key == NewKeyState::Answers;
        let usage = sentences::old_key_use(snapshot, now);
        let mark = match usage {
            OldKeyUse::Used(_) => StatusSymbol::Warning,
            OldKeyUse::Unknown => StatusSymbol::Unknown,
            OldKeyUse::Quiet(_) | OldKeyUse::Unused(_) | OldKeyUse::Refused => StatusSymbol::Ok,
        };
        let fares = snapshot.old_key.as_ref().map(|old| sentences::old_key(snapshot, old, now, zone));
        let fares = fares.unwrap_or_else(|| "can't tell yet whether others still use it".to_owned());
        text.marked(1, indent, mark, &format!("old key {old}: {fares}"), plain);
        if let Some(promoted_at) = snapshot.rotation.promoted_at {
            let new =
                self.environment.and_then(|environment| environment.key.as_ref()).map(|key| key_name(&key.identity));
            let since = times::moment(promoted_at, now, zone);
            text.say(6, indent + 2, &format!("new key {} in use since {since}", new.unwrap_or_default()), muted);
        }
        match usage {
            OldKeyUse::Unused(_) if answers => text.say(3, indent + 2, &format!("revoke it at {KEYS_PAGE}"), plain),
            OldKeyUse::Refused if answers => text.say(3, indent + 2, "it is erased here once that is certain", plain),
            OldKeyUse::Refused => text.say(3, indent + 2, "it is kept until the new one answers", plain),
            _ => {
                let at = snapshot.old_key.as_ref().and_then(|old| old.next_poll.at);
                let next = at.map(|at| format!("asked again at {}", times::moment(at, now, zone)));
                if let Some(next) = next {
                    text.say(7, indent + 2, &next, muted);
                }
            }
        }
    }

    /// Reason not to revoke the old key yet: the new one does not answer, or is not known to.
    fn new_key_error(&self, snapshot: &RotationSnapshot) -> Option<(StatusSymbol, String)> {
        let new = snapshot.rotation.new.map(|new| self.name_of(new)).unwrap_or_default();
        match &snapshot.new_key {
            NewKeyState::Answers => None,
            NewKeyState::Fails(failure) => {
                let mark = if failure.kind().is_refusal() { StatusSymbol::Critical } else { StatusSymbol::Unknown };
                let (silent, why) = (rotation_errors::silent(failure), request_errors::clause(&failure.cause));
                Some((mark, format!("new key {new} {silent}: {why}")))
            }
            NewKeyState::Unknown => {
                Some((StatusSymbol::Unknown, format!("can't tell yet whether the new key {new} works")))
            }
        }
    }

    /// Lines below the steps: the pending request, the last error, or the decision that is due.
    fn below(&self, text: &mut DialogText, state: RotateDialogState<'_>) {
        let muted = text.style(Role::Muted);
        if let Some(request) = &self.dialog.pending {
            return text.under_way(self.context.wait_hint.unwrap_or(waiting_for(request)));
        }
        if let Some(confirmation) = &self.dialog.confirmation {
            return self.confirm(text, confirmation);
        }
        match state {
            RotateDialogState::Blocked(error) => self.blocked(text, error),
            RotateDialogState::Ready(_) => {
                text.say(
                    1,
                    0,
                    "Enter starts it: no key changes before the new one is accepted.",
                    text.style(Role::Text),
                );
                text.say(5, 0, "You may close this at any time: the rotation is kept, and goes on.", muted);
            }
            RotateDialogState::Ended(rotation) => self.ended(text, rotation),
            RotateDialogState::UnderWay(snapshot) => {
                if let Some(error) = &snapshot.error {
                    let told =
                        rotation_errors::rotation_failed(error, &self.dialog.environment, &RemedyAudience::Dialog);
                    text.marked(2, 0, StatusSymbol::Warning, &capital(&told), text.style(Role::Text));
                }
                match snapshot.rotation.stage {
                    RotationStage::RolledBack => {
                        let choice = "Ctrl-P uses the new key again; Ctrl-X gives up and erases it here.";
                        text.say(2, 0, choice, text.style(Role::Text));
                    }
                    RotationStage::Abandoning => {
                        text.under_way("giving up: what is kept of the new key is being erased here");
                    }
                    _ => {}
                }
            }
        }
        if let Some(error) = &self.dialog.error {
            text.error(&self.told(error));
            if is_started(state) {
                text.say(4, 0, "the old key stays in use", muted);
            }
        }
    }

    fn told(&self, error: &RotateDialogError) -> String {
        match error {
            RotateDialogError::Unusable(reason) => reason.to_string(),
            RotateDialogError::NotTaken(error) => {
                rotation_errors::rotation_failed(error, &self.dialog.environment, &RemedyAudience::Dialog)
            }
            RotateDialogError::NoReminder => "there is no reminder to put off".to_owned(),
            RotateDialogError::Overdue => "the key is past its time, so this reminder can't be put off".to_owned(),
        }
    }

    fn confirm(&self, text: &mut DialogText, Confirmation { request, name }: &Confirmation) {
        let (what, key) = match request {
            RotationRequest::RollBack => ("roll back: the old key is used again, the new one kept aside", "Ctrl-B"),
            _ => ("give up: the new key is erased here, the old one stays in use", "Ctrl-X"),
        };
        text.marked(1, 0, StatusSymbol::Warning, what, text.style(Role::Text));
        match name {
            Some(name) => {
                text.say(1, 2, &format!("type {} and press Enter", self.dialog.environment), text.style(Role::Text));
                text.name_field(name);
            }
            None => text.say(1, 2, &format!("press {key} once more"), text.style(Role::Text)),
        }
    }

    fn ended(&self, text: &mut DialogText, rotation: &Rotation) {
        let current =
            self.environment.and_then(|environment| environment.key.as_ref()).map(|key| key_name(&key.identity));
        let current = current.unwrap_or_else(|| "none".to_owned());
        let outcome = if self.is_completed(rotation) {
            format!("the rotation is completed: key {current} is in use, the old one erased")
        } else {
            format!("the rotation was given up: key {current} stays in use")
        };
        text.marked(1, 0, StatusSymbol::Ok, &outcome, text.style(Role::Text));
    }

    /// Lines of why the key can't be rotated here, and of the way out.
    fn blocked(&self, text: &mut DialogText, error: StoredKeyError<'_>) {
        let environment = &self.dialog.environment;
        let (why, instead) = match error {
            StoredKeyError::NoKey => {
                let add = self.screen.key_of(UiCommand::AddKey);
                let advice = add.map(|key| format!("close this, and press {key} to add one"));
                (format!("{environment} has no key yet, so there is nothing to rotate"), advice)
            }
            StoredKeyError::Unreadable(failure) => {
                (failure.to_string(), Some(key_failure_remedy(failure, environment, self.screen)))
            }
            StoredKeyError::Elsewhere(source) => (
                format!("the key comes from {source}, which is only read here"),
                Some(format!("rotate it there: put the new key in {source}, and revoke the old one when it is unused")),
            ),
            StoredKeyError::Rotating => return,
        };
        text.marked(1, 0, StatusSymbol::Unknown, &why, text.style(Role::Text));
        if let Some(instead) = instead {
            text.say(2, 2, &instead, text.style(Role::Muted));
        }
    }

    fn name_of(&self, fingerprint: crate::domain::api_key::Fingerprint) -> String {
        self.environment
            .map_or_else(|| fingerprint.to_string(), |environment| sentences::name_of(fingerprint, environment))
    }
}

fn waiting_for(request: &PendingRequest) -> &'static str {
    match request {
        PendingRequest::Start => "starting the rotation …",
        PendingRequest::Offer(_) => "trying the new key against /me …",
        PendingRequest::Override(_) | PendingRequest::Change(RotationRequest::PromoteAgain) => {
            "putting the new key in use …"
        }
        PendingRequest::Change(RotationRequest::RollBack) => "putting the old key back in use …",
        PendingRequest::Change(RotationRequest::Abandon) => "giving up …",
    }
}
