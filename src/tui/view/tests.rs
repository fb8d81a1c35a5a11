mod dialogs;
mod grid;
mod pictures;
mod robust;
mod stale_values;
mod styles;
