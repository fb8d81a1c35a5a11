//! Where notifications go, with the real thing on the other end: web servers and programs.

mod command;
mod program;
mod webhook;
