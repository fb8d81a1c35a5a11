//! HTTP on the loopback interface: hands requests to the world, and delivers its answers as it says.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::calendar::later;
use super::control::{control, is_control};
use super::reply::{Reply, ReplyDelivery};
use super::request::IncomingRequest;
use super::service::SimulatedService;
use crate::services::clock::Clock;

/// The largest head, and the largest body, of a request, in bytes.
const REQUEST_MAX: usize = 64 * 1024;
/// The most connections at a time; further ones are closed at once.
const CONNECTIONS_MAX: usize = 4_096;
/// Wait where no connection can be taken, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The world and its clock, shared by all connections.
#[derive(Debug)]
pub struct SharedService {
    clock: Clock,
    clocked: Mutex<ClockedService>,
}

#[derive(Debug)]
struct ClockedService {
    service: SimulatedService,
    /// Time by which the simulated clock was put forward.
    ahead: SignedDuration,
}

impl SharedService {
    /// A world that goes by a clock.
    #[must_use]
    pub fn new(world: SimulatedService, clock: Clock) -> Self {
        Self { clock, clocked: Mutex::new(ClockedService { service: world, ahead: SignedDuration::ZERO }) }
    }

    /// Does something with the world, now.
    pub fn with<T>(&self, act: impl FnOnce(&mut SimulatedService, Timestamp) -> T) -> T {
        let mut play = self.lock();
        let now = later(self.clock.now().wall, play.ahead);
        act(&mut play.service, now)
    }

    /// Puts the simulated clock forward.
    pub fn advance(&self, by: SignedDuration) {
        let mut play = self.lock();
        play.ahead = play.ahead.saturating_add(by.max(SignedDuration::ZERO));
    }

    fn lock(&self) -> MutexGuard<'_, ClockedService> {
        self.clocked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &IncomingRequest) -> Reply {
        if !is_control(&request.path) {
            return self.with(|world, now| world.handle(request, now));
        }
        let controlled = self.with(|world, now| control(world, request, now));
        self.advance(controlled.advance);
        controlled.reply
    }
}

/// Serves connections until it is dropped, and they with it.
pub async fn serve(listener: TcpListener, stage: Arc<SharedService>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) if connections.len() < CONNECTIONS_MAX => {
                connections.spawn(serve_connection(stream, Arc::clone(&stage)));
            }
            Ok(_) => {}
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn serve_connection(stream: TcpStream, stage: Arc<SharedService>) {
    let service = service_fn(|request| respond(request, &stage));
    let connection = http1::Builder::new()
        .auto_date_header(false)
        .max_buf_size(REQUEST_MAX)
        .max_header_size(REQUEST_MAX)
        .serve_connection(TokioIo::new(stream), service);
    // A connection that broke concerns the one who asked, not the simulator.
    let _ = connection.await;
}

/// Answers one request; an error closes the connection.
async fn respond(request: http::Request<Incoming>, stage: &SharedService) -> io::Result<http::Response<Body>> {
    let (head, body) = request.into_parts();
    let reply = match to_bytes(Body::new(body), REQUEST_MAX).await {
        Ok(_) => stage.answer(&read(&head)),
        Err(_) => Reply::text(413, "the body is too large\n"),
    };
    match reply.delivery {
        ReplyDelivery::AtOnce => {}
        ReplyDelivery::After(delay) => tokio::time::sleep(delay.unsigned_abs()).await,
        ReplyDelivery::Never => std::future::pending().await,
        ReplyDelivery::Dropped => return Err(io::ErrorKind::ConnectionAborted.into()),
    }
    write(reply)
}

fn read(head: &http::request::Parts) -> IncomingRequest {
    let authorization = head.headers.get(http::header::AUTHORIZATION);
    IncomingRequest {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        authorization: authorization.and_then(|value| value.to_str().ok()).map(str::to_owned),
    }
}

fn write(reply: Reply) -> io::Result<http::Response<Body>> {
    let mut response = http::Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).map_err(io::Error::other)
}
