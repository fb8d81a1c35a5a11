//! The dialog that guides through the rotation of a key. Closing it changes nothing: the rotation goes on.

use super::binding::{DialogBinding, ENTER};
use super::key_input::KeyInput;
use super::name_input::NameInput;
use super::stored_key::{StoredKeyError, stored_key};
use crate::domain::api_key::{KeyIdentity, ParseApiKeyError};
use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::{Rotation, RotationError, RotationRequest, RotationStage};
use crate::domain::status::Flag;
use crate::monitor::snapshot::{EnvironmentSnapshot, KeySnapshot, RotationSnapshot};
use crate::tui::action::Action;
use crate::tui::keymap::{Chord, KeyPress};

/// The dialog.
#[derive(Debug)]
pub struct Rotate {
    /// Environment of the key.
    pub environment: EnvironmentName,
    /// Input of the new key.
    pub input: KeyInput,
    /// Request that is not answered yet; nothing else can be done meanwhile.
    pub pending: Option<PendingRequest>,
    /// Error of the last request.
    pub error: Option<RotateDialogError>,
    /// The key that was offered last and not taken.
    pub rejected: Option<RejectedKey>,
    /// Request that is to be confirmed.
    pub confirmation: Option<Confirmation>,
    /// The rotation as it was seen last, to tell of its end.
    seen: Option<Rotation>,
}

/// Reason why a request was not followed.
#[derive(Clone, Debug, PartialEq)]
pub enum RotateDialogError {
    /// The input can be no key.
    Unusable(ParseApiKeyError),
    /// A step of the rotation was not taken.
    NotTaken(RotationError),
    /// There is no reminder to put off.
    NoReminder,
    /// The key is past its time, so that the reminder can't be put off.
    Overdue,
}

/// Request that was made of the rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingRequest {
    /// To start the rotation.
    Start,
    /// To take this key as the new one.
    Offer(KeyIdentity),
    /// To take it though it answers for another account.
    Override(KeyIdentity),
    /// To change the rotation's course.
    Change(RotationRequest),
}

/// A key that was not taken. It stays in memory until the dialog is closed.
#[derive(Debug)]
pub struct RejectedKey {
    identity: KeyIdentity,
    /// True where the operator may override the check that it failed.
    pub can_override: bool,
}

/// Confirmation of a request: by the environment's name for production, else by a second press.
#[derive(Debug)]
pub struct Confirmation {
    /// Request that is to be followed.
    pub request: RotationRequest,
    /// The name as far as it was typed.
    pub name: Option<NameInput>,
}

/// State of an environment's rotation, as the dialog sees it.
#[derive(Clone, Copy, Debug)]
pub enum RotateDialogState<'a> {
    /// It can't be rotated here.
    Blocked(StoredKeyError<'a>),
    /// No rotation is under way, but one of this key can be started.
    Ready(&'a KeySnapshot),
    /// A rotation is under way.
    UnderWay(&'a RotationSnapshot),
    /// The rotation that was seen last is over.
    Ended(&'a Rotation),
}

/// Command of the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RotateCommand {
    Start,
    Submit,
    Clear,
    Override,
    Request(RotationRequest),
    Confirm,
    Snooze,
}

impl Rotate {
    pub fn new(environment: EnvironmentName) -> Self {
        Self {
            environment,
            input: KeyInput::default(),
            pending: None,
            error: None,
            rejected: None,
            confirmation: None,
            seen: None,
        }
    }

    pub fn state<'a>(&'a self, environment: Option<&'a EnvironmentSnapshot>) -> RotateDialogState<'a> {
        match (environment.and_then(|environment| environment.rotation.as_ref()), &self.seen) {
            (Some(rotation), _) => RotateDialogState::UnderWay(rotation),
            (None, Some(seen)) => RotateDialogState::Ended(seen),
            (None, None) => match stored_key(environment) {
                Ok(key) => RotateDialogState::Ready(key),
                Err(error) => RotateDialogState::Blocked(error),
            },
        }
    }

    /// True while a new key can be typed.
    pub fn takes_key(&self, environment: Option<&EnvironmentSnapshot>) -> bool {
        let started = matches!(self.state(environment), RotateDialogState::UnderWay(snapshot) if is_started(snapshot));
        started && self.pending.is_none() && self.confirmation.is_none()
    }

    /// True while the environment's name can be typed.
    pub(super) fn takes_name(&self) -> bool {
        self.confirmation.as_ref().is_some_and(|confirmation| confirmation.name.is_some())
    }

    /// Bindings that work in this state.
    pub fn bindings(&self, environment: Option<&EnvironmentSnapshot>) -> Vec<DialogBinding> {
        self.commands(environment).into_iter().map(|(_, binding)| binding).collect()
    }

    fn commands(&self, environment: Option<&EnvironmentSnapshot>) -> Vec<(RotateCommand, DialogBinding)> {
        let bound = |command, chord, label, rank| (command, DialogBinding { chord, label, rank });
        if self.pending.is_some() {
            return Vec::new();
        }
        if let Some(Confirmation { request, name }) = &self.confirmation {
            let (_, again) = of_request(*request);
            let confirm = match name {
                Some(name) if !name.is_right() => return Vec::new(),
                Some(_) => bound(RotateCommand::Confirm, ENTER, again.label, 1),
                None => (RotateCommand::Confirm, again),
            };
            return vec![confirm];
        }
        let mut commands = Vec::new();
        match self.state(environment) {
            RotateDialogState::Ready(_) => commands.push(bound(RotateCommand::Start, ENTER, "start", 1)),
            RotateDialogState::UnderWay(snapshot) => {
                if is_started(snapshot) {
                    commands.push(bound(RotateCommand::Submit, ENTER, "try it", 1));
                    commands.push(bound(RotateCommand::Clear, Chord::control('u'), "clear", 4));
                }
                if self.rejected.as_ref().is_some_and(|rejected| rejected.can_override) && is_started(snapshot) {
                    commands.push(bound(RotateCommand::Override, Chord::control('y'), "use it all the same", 2));
                }
                let requests = [RotationRequest::PromoteAgain, RotationRequest::RollBack, RotationRequest::Abandon];
                let fitting = requests.into_iter().filter(|request| snapshot.rotation.after(*request).is_some());
                commands.extend(fitting.map(of_request));
            }
            RotateDialogState::Blocked(_) | RotateDialogState::Ended(_) => {}
        }
        if is_soon(environment) {
            commands.push(bound(RotateCommand::Snooze, Chord::control('s'), "snooze a week", 5));
        }
        commands
    }

    pub(super) fn pressed(&mut self, press: KeyPress, environment: Option<&EnvironmentSnapshot>) -> Option<Action> {
        self.observe(environment);
        let bound = self.commands(environment).into_iter().find(|(_, binding)| binding.chord == press.chord);
        match bound {
            Some((RotateCommand::Clear, _)) | None => self.typed(press, environment),
            Some((command, _)) => self.run(command),
        }
    }

    fn run(&mut self, command: RotateCommand) -> Option<Action> {
        let environment = self.environment.clone();
        match command {
            RotateCommand::Start => {
                self.wait_for(PendingRequest::Start);
                Some(Action::StartRotation(environment))
            }
            RotateCommand::Submit => self.submit(),
            RotateCommand::Override => {
                let identity = self.rejected.as_ref()?.identity.clone();
                self.wait_for(PendingRequest::Override(identity));
                Some(Action::ForceNewKey(environment))
            }
            RotateCommand::Request(request) if needs_confirmation(request, self.seen.as_ref()) => {
                let name = self.environment.is_production().then(|| NameInput::new(environment));
                self.input.clear();
                self.confirmation = Some(Confirmation { request, name });
                None
            }
            RotateCommand::Request(request) => self.request(request),
            RotateCommand::Confirm => {
                let confirmation = self.confirmation.take()?;
                self.request(confirmation.request)
            }
            RotateCommand::Snooze => Some(Action::SnoozeRotation(environment)),
            RotateCommand::Clear => None,
        }
    }

    /// A key of the keyboard that is no command: part of a name or of a key, or one that can't be followed now.
    fn typed(&mut self, press: KeyPress, environment: Option<&EnvironmentSnapshot>) -> Option<Action> {
        if let Some(Confirmation { name, .. }) = &mut self.confirmation {
            if let Some(name) = name {
                name.edit(press.chord);
            }
        } else if self.takes_key(environment) && self.input.edit(press.chord) {
            self.edited();
        } else if press.chord == Chord::control('s') && self.pending.is_none() {
            self.error = Some(no_snooze(environment));
        }
        None
    }

    pub(super) fn pasted(&mut self, text: &str, environment: Option<&EnvironmentSnapshot>) -> bool {
        let takes_key = self.takes_key(environment);
        if takes_key {
            self.input.paste(text);
            self.edited();
        }
        takes_key
    }

    /// Another key is being typed: the one before can't be used any more.
    fn edited(&mut self) {
        self.error = None;
        if let Some(rejected) = &mut self.rejected {
            rejected.can_override = false;
        }
    }

    /// Takes what was typed, if it can be a key; the input is empty afterwards.
    fn submit(&mut self) -> Option<Action> {
        match self.input.take() {
            Ok(key) => {
                self.wait_for(PendingRequest::Offer(key.identity()));
                Some(Action::TryNewKey { environment: self.environment.clone(), key })
            }
            Err(reason) => {
                self.error = Some(RotateDialogError::Unusable(reason));
                None
            }
        }
    }

    fn request(&mut self, request: RotationRequest) -> Option<Action> {
        let seen = self.seen.as_ref()?.id();
        self.wait_for(PendingRequest::Change(request));
        Some(Action::Rotation(Box::new(seen), request))
    }

    fn wait_for(&mut self, request: PendingRequest) {
        self.input.clear();
        self.error = None;
        self.pending = Some(request);
    }

    /// Takes the answer to the pending request.
    pub fn answered(&mut self, outcome: Result<(), RotationError>) {
        let key = match self.pending.take() {
            Some(PendingRequest::Offer(key) | PendingRequest::Override(key)) => Some(key),
            _ => None,
        };
        match outcome {
            Ok(()) if key.is_some() => self.rejected = None,
            Ok(()) => {}
            Err(error) => {
                if let Some(identity) = key {
                    self.rejected = Some(RejectedKey { identity, can_override: error.can_override() });
                }
                self.error = Some(RotateDialogError::NotTaken(error));
            }
        }
    }

    /// Remembers the rotation under way, and drops what no longer fits it.
    pub(super) fn observe(&mut self, environment: Option<&EnvironmentSnapshot>) {
        let Some(rotation) = environment.and_then(|environment| environment.rotation.as_ref()) else {
            if self.seen.is_some() {
                (self.confirmation, self.error) = (None, None);
                self.input.clear();
            }
            return;
        };
        if rotation.rotation.stage != RotationStage::Started {
            self.input.clear();
        }
        let has_moved_on = self.seen.as_ref().is_some_and(|seen| seen.id() != rotation.rotation.id());
        let is_untimely = |confirmation: &Confirmation| rotation.rotation.after(confirmation.request).is_none();
        self.confirmation.take_if(|confirmation| has_moved_on || is_untimely(confirmation));
        self.seen = Some(rotation.rotation.clone());
    }

    /// Takes back what is to be confirmed; answers whether there was anything.
    pub(super) fn back(&mut self) -> bool {
        self.confirmation.take().is_some()
    }

    /// A key that is being tried is given up, and one that was not taken is wiped.
    pub(super) fn close(self) -> Option<Action> {
        let trying = matches!(self.pending, Some(PendingRequest::Offer(_) | PendingRequest::Override(_)));
        (trying || self.rejected.is_some()).then_some(Action::CancelKeyTrial(self.environment))
    }
}

fn is_started(snapshot: &RotationSnapshot) -> bool {
    snapshot.rotation.stage == RotationStage::Started
}

/// Command and binding of a request.
fn of_request(request: RotationRequest) -> (RotateCommand, DialogBinding) {
    let (key, word, rank) = match request {
        RotationRequest::PromoteAgain => ('p', "use the new key", 1),
        RotationRequest::RollBack => ('b', "roll back", 2),
        RotationRequest::Abandon => ('x', "give up", 3),
    };
    (RotateCommand::Request(request), DialogBinding { chord: Chord::control(key), label: word, rank })
}

/// True for a request that takes a key out of use or erases one.
fn needs_confirmation(request: RotationRequest, rotation: Option<&Rotation>) -> bool {
    let started = rotation.is_some_and(|rotation| rotation.stage == RotationStage::Started);
    match request {
        RotationRequest::RollBack => true,
        RotationRequest::Abandon => !started,
        RotationRequest::PromoteAgain => false,
    }
}

fn is_soon(environment: Option<&EnvironmentSnapshot>) -> bool {
    environment.is_some_and(|environment| environment.flags.contains(&Flag::RotateSoon))
}

/// Reason why the reminder can't be put off.
fn no_snooze(environment: Option<&EnvironmentSnapshot>) -> RotateDialogError {
    let overdue = environment.is_some_and(|environment| environment.flags.contains(&Flag::RotateOverdue));
    if overdue { RotateDialogError::Overdue } else { RotateDialogError::NoReminder }
}
