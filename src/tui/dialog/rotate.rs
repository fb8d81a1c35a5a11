//! The dialog that guides through the rotation of a key. Closing it changes nothing: the rotation goes on.

use super::key_input::KeyInput;
use super::name_input::NameInput;
use super::obstacle::{Obstacle, stored_key};
use super::{ENTER, Offer};
use crate::domain::api_key::{InvalidApiKey, KeyIdentity};
use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::{Request, Rotation, RotationError, Stage};
use crate::domain::status::Flag;
use crate::monitor::report::{KeyReport, Report, RotationReport};
use crate::tui::action::Action;
use crate::tui::keymap::Chord;
use crate::tui::message::KeyPress;

/// The dialog.
#[derive(Debug)]
pub(in crate::tui) struct Rotate {
    /// Of which environment.
    pub environment: EnvironmentName,
    /// What was typed of the new key.
    pub input: KeyInput,
    /// What was asked for and is not answered yet; nothing else can be done meanwhile.
    pub asked: Option<Asked>,
    /// Why the last thing asked for was not done.
    pub problem: Option<Undone>,
    /// The key that was offered last and not taken.
    pub refused: Option<Refused>,
    /// What is to be confirmed.
    pub confirmation: Option<Confirmation>,
    /// The rotation as it was seen last, to tell of its end.
    seen: Option<Rotation>,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tui) enum Undone {
    /// What was typed can be no key.
    Unusable(InvalidApiKey),
    /// A step of the rotation was not taken.
    NotTaken(RotationError),
    /// There is no reminder to put off.
    NoReminder,
    /// The key is past its time, so that the reminder can't be put off.
    Overdue,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Asked {
    /// To start the rotation.
    Start,
    /// To take this key as the new one.
    Offer(KeyIdentity),
    /// To take it though it answers for another account.
    Insist(KeyIdentity),
    /// To change the rotation's course.
    Change(Request),
}

/// A key that was not taken. It stays in memory until the dialog is closed.
#[derive(Debug)]
pub(in crate::tui) struct Refused {
    identity: KeyIdentity,
    /// Whether it can be taken all the same.
    pub can_insist: bool,
}

/// What is to be confirmed: by the environment's name for production, else by a second press.
#[derive(Debug)]
pub(in crate::tui) struct Confirmation {
    /// What is to be done.
    pub request: Request,
    /// The name as far as it was typed.
    pub name: Option<NameInput>,
}

/// Where the rotation of an environment stands.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) enum Standing<'a> {
    /// It can't be rotated here.
    Blocked(Obstacle<'a>),
    /// No rotation is under way, but one of this key can be started.
    Ready(&'a KeyReport),
    /// A rotation is under way.
    UnderWay(&'a RotationReport),
    /// The rotation that was seen last is over.
    Ended(&'a Rotation),
}

/// What can be done in the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Start,
    Submit,
    Clear,
    Insist,
    Request(Request),
    Confirm,
    Snooze,
}

impl Rotate {
    pub(in crate::tui) fn new(environment: EnvironmentName) -> Self {
        Self {
            environment,
            input: KeyInput::default(),
            asked: None,
            problem: None,
            refused: None,
            confirmation: None,
            seen: None,
        }
    }

    pub(in crate::tui) fn standing<'a>(&'a self, report: Option<&'a Report>) -> Standing<'a> {
        match (report.and_then(|report| report.rotation.as_ref()), &self.seen) {
            (Some(rotation), _) => Standing::UnderWay(rotation),
            (None, Some(seen)) => Standing::Ended(seen),
            (None, None) => match stored_key(report) {
                Ok(key) => Standing::Ready(key),
                Err(obstacle) => Standing::Blocked(obstacle),
            },
        }
    }

    /// Whether a new key can be typed.
    pub(in crate::tui) fn takes_key(&self, report: Option<&Report>) -> bool {
        let started = matches!(self.standing(report), Standing::UnderWay(report) if is_started(report));
        started && self.asked.is_none() && self.confirmation.is_none()
    }

    /// Whether the environment's name can be typed.
    pub(super) fn takes_name(&self) -> bool {
        self.confirmation.as_ref().is_some_and(|confirmation| confirmation.name.is_some())
    }

    /// What can be done.
    pub(in crate::tui) fn offers(&self, report: Option<&Report>) -> Vec<Offer> {
        self.commands(report).into_iter().map(|(_, offer)| offer).collect()
    }

    fn commands(&self, report: Option<&Report>) -> Vec<(Command, Offer)> {
        let offer = |command, chord, word, rank| (command, Offer { chord, word, rank });
        if self.asked.is_some() {
            return Vec::new();
        }
        if let Some(Confirmation { request, name }) = &self.confirmation {
            let (_, again) = of_request(*request);
            let confirm = match name {
                Some(name) if !name.is_right() => return Vec::new(),
                Some(_) => offer(Command::Confirm, ENTER, again.word, 1),
                None => (Command::Confirm, again),
            };
            return vec![confirm];
        }
        let mut commands = Vec::new();
        match self.standing(report) {
            Standing::Ready(_) => commands.push(offer(Command::Start, ENTER, "start", 1)),
            Standing::UnderWay(report) => {
                if is_started(report) {
                    commands.push(offer(Command::Submit, ENTER, "try it", 1));
                    commands.push(offer(Command::Clear, Chord::control('u'), "clear", 4));
                }
                if self.refused.as_ref().is_some_and(|refused| refused.can_insist) && is_started(report) {
                    commands.push(offer(Command::Insist, Chord::control('y'), "use it all the same", 2));
                }
                let requests = [Request::PromoteAgain, Request::RollBack, Request::Abandon];
                let fitting = requests.into_iter().filter(|request| report.rotation.after(*request).is_some());
                commands.extend(fitting.map(of_request));
            }
            Standing::Blocked(_) | Standing::Ended(_) => {}
        }
        if is_soon(report) {
            commands.push(offer(Command::Snooze, Chord::control('s'), "snooze a week", 5));
        }
        commands
    }

    pub(super) fn pressed(&mut self, press: KeyPress, report: Option<&Report>) -> Option<Action> {
        self.observe(report);
        let offered = self.commands(report).into_iter().find(|(_, offer)| offer.chord == press.chord);
        match offered {
            Some((Command::Clear, _)) | None => self.typed(press, report),
            Some((command, _)) => self.run(command),
        }
    }

    fn run(&mut self, command: Command) -> Option<Action> {
        let environment = self.environment.clone();
        match command {
            Command::Start => {
                self.ask(Asked::Start);
                Some(Action::StartRotation(environment))
            }
            Command::Submit => self.submit(),
            Command::Insist => {
                let identity = self.refused.as_ref()?.identity.clone();
                self.ask(Asked::Insist(identity));
                Some(Action::Insist(environment))
            }
            Command::Request(request) if needs_confirmation(request, self.seen.as_ref()) => {
                let name = self.environment.is_production().then(|| NameInput::new(environment));
                self.input.clear();
                self.confirmation = Some(Confirmation { request, name });
                None
            }
            Command::Request(request) => self.request(request),
            Command::Confirm => {
                let confirmation = self.confirmation.take()?;
                self.request(confirmation.request)
            }
            Command::Snooze => Some(Action::SnoozeRotation(environment)),
            Command::Clear => None,
        }
    }

    /// A key of the keyboard that is no command: part of a name or of a key, or one that can't be followed now.
    fn typed(&mut self, press: KeyPress, report: Option<&Report>) -> Option<Action> {
        if let Some(Confirmation { name, .. }) = &mut self.confirmation {
            if let Some(name) = name {
                name.edit(press.chord);
            }
        } else if self.takes_key(report) && self.input.edit(press.chord) {
            self.edited();
        } else if press.chord == Chord::control('s') && self.asked.is_none() {
            self.problem = Some(no_snooze(report));
        }
        None
    }

    pub(super) fn pasted(&mut self, text: &str, report: Option<&Report>) -> bool {
        let takes_key = self.takes_key(report);
        if takes_key {
            self.input.paste(text);
            self.edited();
        }
        takes_key
    }

    /// Another key is being typed: the one before can't be insisted on any more.
    fn edited(&mut self) {
        self.problem = None;
        if let Some(refused) = &mut self.refused {
            refused.can_insist = false;
        }
    }

    /// Takes what was typed, if it can be a key; the input is empty afterwards.
    fn submit(&mut self) -> Option<Action> {
        match self.input.take() {
            Ok(key) => {
                self.ask(Asked::Offer(key.identity()));
                Some(Action::OfferKey { environment: self.environment.clone(), key })
            }
            Err(reason) => {
                self.problem = Some(Undone::Unusable(reason));
                None
            }
        }
    }

    fn request(&mut self, request: Request) -> Option<Action> {
        let seen = self.seen.as_ref()?.id();
        self.ask(Asked::Change(request));
        Some(Action::Rotation(Box::new(seen), request))
    }

    fn ask(&mut self, asked: Asked) {
        self.input.clear();
        self.problem = None;
        self.asked = Some(asked);
    }

    /// What was asked for was done, or not.
    pub(in crate::tui) fn answered(&mut self, outcome: Result<(), RotationError>) {
        let key = match self.asked.take() {
            Some(Asked::Offer(key) | Asked::Insist(key)) => Some(key),
            _ => None,
        };
        match outcome {
            Ok(()) if key.is_some() => self.refused = None,
            Ok(()) => {}
            Err(error) => {
                if let Some(identity) = key {
                    self.refused = Some(Refused { identity, can_insist: error.can_insist() });
                }
                self.problem = Some(Undone::NotTaken(error));
            }
        }
    }

    /// Remembers the rotation under way, and drops what no longer fits it.
    pub(super) fn observe(&mut self, report: Option<&Report>) {
        let Some(rotation) = report.and_then(|report| report.rotation.as_ref()) else {
            if self.seen.is_some() {
                (self.confirmation, self.problem) = (None, None);
                self.input.clear();
            }
            return;
        };
        if rotation.rotation.stage != Stage::Started {
            self.input.clear();
        }
        let has_moved_on = self.seen.as_ref().is_some_and(|seen| seen.id() != rotation.rotation.id());
        let is_untimely = |asked: &Confirmation| rotation.rotation.after(asked.request).is_none();
        self.confirmation.take_if(|asked| has_moved_on || is_untimely(asked));
        self.seen = Some(rotation.rotation.clone());
    }

    /// Takes back what is to be confirmed; answers whether there was anything.
    pub(super) fn back(&mut self) -> bool {
        self.confirmation.take().is_some()
    }

    /// A key that is being tried is given up, and one that was not taken is wiped.
    pub(super) fn close(self) -> Option<Action> {
        let trying = matches!(self.asked, Some(Asked::Offer(_) | Asked::Insist(_)));
        (trying || self.refused.is_some()).then_some(Action::CancelTry(self.environment))
    }
}

fn is_started(report: &RotationReport) -> bool {
    report.rotation.stage == Stage::Started
}

/// How a request is made.
fn of_request(request: Request) -> (Command, Offer) {
    let (key, word, rank) = match request {
        Request::PromoteAgain => ('p', "use the new key", 1),
        Request::RollBack => ('b', "roll back", 2),
        Request::Abandon => ('x', "give up", 3),
    };
    (Command::Request(request), Offer { chord: Chord::control(key), word, rank })
}

/// Whether something is lost or taken out of use by a request.
fn needs_confirmation(request: Request, rotation: Option<&Rotation>) -> bool {
    let started = rotation.is_some_and(|rotation| rotation.stage == Stage::Started);
    match request {
        Request::RollBack => true,
        Request::Abandon => !started,
        Request::PromoteAgain => false,
    }
}

fn is_soon(report: Option<&Report>) -> bool {
    report.is_some_and(|report| report.flags.contains(&Flag::RotateSoon))
}

/// Why the reminder can't be put off.
fn no_snooze(report: Option<&Report>) -> Undone {
    let overdue = report.is_some_and(|report| report.flags.contains(&Flag::RotateOverdue));
    if overdue { Undone::Overdue } else { Undone::NoReminder }
}
