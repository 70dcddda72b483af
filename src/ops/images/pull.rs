//! One pull, with retries, and the reason told apart when it fails.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::engine::{Engine, EngineError, PullProgress};
use crate::kernel::{Event, Outcome};
use crate::ops::Session;

/// Why an image cannot be pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullFault {
    /// No registry answers.
    NoRegistry(String),
    /// The registry has no such image.
    NoSuchImage(String),
    /// The registry wants a login.
    Unauthorized(String),
    /// The registry refuses for now.
    RateLimited(String),
    /// What came is not what was named. Never retried.
    NotGenuine(String),
    /// Anything else.
    Failed(String),
}

impl PullFault {
    /// In one sentence.
    pub fn reason(&self) -> String {
        match self {
            Self::NoRegistry(text) => format!("no registry answers: {text}"),
            Self::NoSuchImage(text) => format!("the registry has no such image: {text}"),
            Self::Unauthorized(text) => format!("the registry wants a login: {text}"),
            Self::RateLimited(text) => format!("the registry limits the rate: {text}"),
            Self::NotGenuine(text) => format!("the image is not what its digest says; do not run it: {text}"),
            Self::Failed(text) => text.clone(),
        }
    }

    /// What the engine says, told apart by its words: the status is 500 for all of them.
    fn of(error: &EngineError) -> Self {
        let text = error.message();
        let lower = text.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if says(&["verification failed"]) {
            Self::NotGenuine(text)
        } else if says(&["toomanyrequests", "too many requests"]) {
            Self::RateLimited(text)
        } else if says(&["unauthorized", "authentication required", "access denied", "denied:"]) {
            Self::Unauthorized(text)
        } else if says(&[
            "manifest unknown",
            "not found: manifest",
            "name unknown",
            "repository does not exist",
        ]) {
            Self::NoSuchImage(text)
        } else if says(&[
            "no such host",
            "dial tcp",
            "connection refused",
            "i/o timeout",
            "network is unreachable",
            "tls handshake",
            "name resolution",
            "request canceled",
        ]) {
            Self::NoRegistry(text)
        } else {
            Self::Failed(text)
        }
    }

    /// Whether trying again may help.
    fn may_pass(&self) -> bool {
        match self {
            Self::RateLimited(_) | Self::Failed(_) => true,
            Self::NoRegistry(text) => !text.contains("no such host"),
            Self::NoSuchImage(_) | Self::Unauthorized(_) | Self::NotGenuine(_) => false,
        }
    }
}

/// Pauses before the second and third attempt.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// Pulls an image, up to three times.
pub async fn pull(
    session: &Session<'_>,
    engine: &Engine,
    component: &str,
    reference: &str,
) -> Result<(), PullFault> {
    let begin = Instant::now();
    let subject = format!("image {component}");
    session.sink.send(Event::Started { subject: subject.clone(), action: format!("pull {reference}") });
    let mut pauses = PAUSES.iter();
    let result = loop {
        let mut layers = Layers::default();
        let progress = |message: PullProgress| {
            if let Some((current, total)) = layers.take(&message) {
                let detail = if message.layer.is_empty() {
                    message.status
                } else {
                    format!("{} {}", message.layer, message.status)
                };
                session.sink.send(Event::Progress { subject: subject.clone(), detail, current, total });
            }
        };
        match engine.pull(reference, progress).await {
            Ok(()) => break Ok(()),
            Err(error) => {
                let fault = PullFault::of(&error);
                match pauses.next().filter(|_| fault.may_pass()) {
                    Some(pause) => tokio::time::sleep(*pause).await,
                    None => break Err(fault),
                }
            }
        }
    };
    let (outcome, detail) = match &result {
        Ok(()) => (Outcome::Done, "pulled".to_owned()),
        Err(fault) => (Outcome::Failed, fault.reason()),
    };
    session.sink.send(Event::Finished { subject, outcome, detail, elapsed: begin.elapsed() });
    result
}

/// Bytes of all layers together.
#[derive(Debug, Default)]
struct Layers(BTreeMap<String, (u64, u64)>);

impl Layers {
    /// Takes one message in; the sums when it says how far a layer is.
    fn take(&mut self, message: &PullProgress) -> Option<(u64, u64)> {
        if message.status != "Downloading" || message.total == 0 {
            return None;
        }
        self.0.insert(message.layer.clone(), (message.current, message.total));
        Some(self.0.values().fold((0, 0), |(current, total), (c, t)| (current + c, total + t)))
    }
}

#[cfg(test)]
mod tests {
    use super::PullFault;
    use crate::engine::EngineError;

    #[test]
    fn the_engines_words_are_told_apart() {
        let of = |message: &str| {
            PullFault::of(&EngineError::Refused {
                doing: "pull".into(),
                status: 500,
                message: message.into(),
            })
        };
        assert!(matches!(
            of("Get \"https://r/v2/\": dial tcp: lookup r: no such host"),
            PullFault::NoRegistry(_)
        ));
        assert!(matches!(of("manifest for x:y not found: manifest unknown"), PullFault::NoSuchImage(_)));
        assert!(matches!(of("unauthorized: authentication required"), PullFault::Unauthorized(_)));
        assert!(matches!(of("toomanyrequests: slow down"), PullFault::RateLimited(_)));
        assert!(matches!(of("filesystem layer verification failed for digest x"), PullFault::NotGenuine(_)));
        assert!(!of("dial tcp: lookup r: no such host").may_pass());
    }
}
