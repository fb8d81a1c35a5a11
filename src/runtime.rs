//! Runs the state machines: event loop, effects, signals, terminal.
