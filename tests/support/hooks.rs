//! A web server that takes notifications, and answers as it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, Uri, header};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::support::sinks::SAYING;

/// What the server does with a request.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Answers with this status.
    Status(u16),
    /// The same, and asks to wait so many seconds.
    RetryAfter(u16, u32),
    /// Sends the client to this port.
    RedirectTo(u16),
    /// Never answers.
    Never,
}

/// The server; it ends with the runtime.
pub struct Hooks {
    pub address: SocketAddr,
    bodies: mpsc::UnboundedReceiver<(HeaderMap, String)>,
}

#[derive(Clone)]
struct Shared {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    bodies: mpsc::UnboundedSender<(HeaderMap, String)>,
}

impl Hooks {
    /// Gives these answers one after the other, and then 200.
    pub async fn answering(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, bodies) = mpsc::unbounded_channel();
        let answers = Arc::new(Mutex::new(answers.iter().copied().collect()));
        let router = Router::new().fallback(answer).with_state(Shared { answers, bodies: sender });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, bodies }
    }

    /// An address with a part that must be shown nowhere.
    pub fn url(&self) -> String {
        format!("http://{}/services/canary-of-the-address", self.address)
    }

    /// The next request that comes.
    pub async fn next(&mut self) -> (HeaderMap, String) {
        self.bodies.recv().await.unwrap()
    }

    /// The text of the next notification, after what stands before it.
    pub async fn next_text(&mut self) -> String {
        let (_, body) = self.next().await;
        let document: serde_json::Value = serde_json::from_str(&body).unwrap();
        document["text"].as_str().unwrap().strip_prefix(SAYING).unwrap().to_owned()
    }

    /// Whether nothing more has come.
    pub fn is_quiet(&mut self) -> bool {
        self.bodies.try_recv().is_err()
    }
}

async fn answer(State(shared): State<Shared>, uri: Uri, headers: HeaderMap, body: String) -> Response<Body> {
    shared.bodies.send((headers, body)).unwrap();
    let answer = shared.answers.lock().unwrap().pop_front().unwrap_or(Answer::Status(200));
    let response = Response::builder();
    let response = match answer {
        Answer::Status(status) => response.status(status),
        Answer::RetryAfter(status, seconds) => response.status(status).header(header::RETRY_AFTER, seconds),
        Answer::RedirectTo(port) => response
            .status(StatusCode::TEMPORARY_REDIRECT)
            .header(header::LOCATION, format!("http://127.0.0.1:{port}/")),
        Answer::Never => std::future::pending().await,
    };
    // Of a long body the beginning is read, and nothing of the address that stands there is told.
    response.body(Body::from(format!("invalid_token for {uri}\n{}", "x".repeat(1_000_000)))).unwrap()
}
