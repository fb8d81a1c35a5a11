//! A stand-in for the service, over real HTTP.
