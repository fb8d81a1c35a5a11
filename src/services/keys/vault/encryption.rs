//! Encrypts and decrypts with age, by a passphrase alone.

use std::io::{self, Read, Write};
use std::iter;

use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor, Identity, Recipient, scrypt};
use zeroize::Zeroizing;

use super::disk::SIZE_MAX;
use crate::domain::error::VaultFileError;
use crate::services::keys::passphrase::Passphrase;

/// The work that a passphrase costs: scrypt with N = 2^16, r = 8 and p = 1, which takes 64 MiB of memory and about a
/// tenth of a second. It is written into each file; left to itself, age would take as much as the machine gives.
pub(super) const WORK_FACTOR: u8 = 16;
/// The most that a file may ask for: 256 MiB. One that was made to eat all memory is refused.
const WORK_FACTOR_MAX: u8 = 18;
/// First bytes of every file of age.
const MAGIC: &[u8] = b"age-encryption.org/";

/// Checks the head of a file, which can be read before it is decrypted.
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
    // The text is always shorter than what it is sealed in, so that the buffer need not grow.
    let mut text = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut text).ok().ok_or(VaultFileError::Damaged)?;
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
