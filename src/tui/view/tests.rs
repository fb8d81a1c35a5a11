mod dialogs;
mod grid;
mod pictures;
mod robust;
mod styles;
mod truth;
