//! Encrypts and decrypts with age, by a passphrase alone.

use std::io::{self, Read, Write};
use std::iter;

use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor, Identity, Recipient, scrypt};
use zeroize::Zeroizing;

use super::{SIZE_MAX, WORK_FACTOR_MAX};
use crate::domain::error::VaultFileError;
use crate::services::keys::passphrase::Passphrase;

/// What every file of age begins with.
const MAGIC: &[u8] = b"age-encryption.org/";

/// What a file says of itself before it is opened.
pub(super) fn check(sealed: &[u8]) -> Result<(), VaultFileError> {
    decryptor(sealed).map(drop)
}

/// The work factor that the head of a file asks for.
pub(super) fn work_factor(sealed: &[u8]) -> Option<u8> {
    let stanza = sealed.split(|byte| *byte == b'\n').nth(1)?;
    let factor = stanza.strip_prefix(b"-> scrypt ")?.split(|byte| *byte == b' ').nth(1)?;
    str::from_utf8(factor).ok()?.parse().ok()
}

/// Encrypts. The library keeps a copy of the text in a buffer of its own, which it does not wipe.
pub(super) fn seal(text: &[u8], passphrase: &Passphrase, work_factor: u8) -> Result<Vec<u8>, VaultFileError> {
    let mut recipient = scrypt::Recipient::new(secret(passphrase));
    recipient.set_work_factor(work_factor);
    let encryptor = Encryptor::with_recipients(iter::once(&recipient as &dyn Recipient));
    let encryptor = encryptor.ok().ok_or(VaultFileError::NotEncrypted)?;
    let mut sealed = Vec::new();
    let written: io::Result<()> = encryptor.wrap_output(&mut sealed).and_then(|mut writer| {
        writer.write_all(text)?;
        writer.finish().map(drop)
    });
    written.ok().ok_or(VaultFileError::NotEncrypted)?;
    if sealed.len() > SIZE_MAX {
        return Err(VaultFileError::Full(SIZE_MAX));
    }
    Ok(sealed)
}

/// Decrypts into a buffer that is wiped.
pub(super) fn open(sealed: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, VaultFileError> {
    let decryptor = decryptor(sealed)?;
    let mut identity = scrypt::Identity::new(secret(passphrase));
    identity.set_max_work_factor(WORK_FACTOR_MAX);
    let mut reader = decryptor.decrypt(iter::once(&identity as &dyn Identity)).map_err(|error| problem(&error))?;
    // The text is never longer than what it is sealed in, so that the buffer need not grow.
    let mut text = Zeroizing::new(vec![0; sealed.len()]);
    let mut length = 0;
    while length < text.len() {
        match reader.read(&mut text[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(_) => return Err(VaultFileError::Damaged),
        }
    }
    text.truncate(length);
    Ok(text)
}

fn decryptor(sealed: &[u8]) -> Result<Decryptor<&[u8]>, VaultFileError> {
    if !sealed.starts_with(MAGIC) && !MAGIC.starts_with(sealed) {
        return Err(VaultFileError::Foreign);
    }
    let decryptor = Decryptor::new_buffered(sealed).map_err(|error| problem(&error))?;
    if decryptor.is_scrypt() { Ok(decryptor) } else { Err(VaultFileError::OtherRecipient) }
}

fn secret(passphrase: &Passphrase) -> SecretString {
    SecretString::from(passphrase.expose())
}

fn problem(error: &DecryptError) -> VaultFileError {
    match error {
        DecryptError::DecryptionFailed => VaultFileError::WrongPassphrase,
        DecryptError::ExcessiveWork { required, .. } => {
            VaultFileError::ExcessiveWork { factor: *required, factor_max: WORK_FACTOR_MAX }
        }
        DecryptError::UnknownFormat => VaultFileError::NewerFormat,
        _ => VaultFileError::Damaged,
    }
}
