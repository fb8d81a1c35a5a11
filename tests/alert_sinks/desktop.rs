//! Notifications of the desktop, shown by dunst on a screen that nobody sees, and by services that fail.
