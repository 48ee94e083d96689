//! The mail catcher over real SMTP and HTTP.

#[cfg(test)]
mod catcher;
