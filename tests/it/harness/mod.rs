//! What every test stands on: a gateway of its own with a database of its own, in front of a stand-in of its own, all
//! in this process and on free ports. Tests share nothing, so they run in any order and in parallel.

mod authority;
mod database;
mod documented;
mod eventually;
mod http;
mod own_postgres;
mod own_redis;
mod process;
mod shop;
mod sse;
mod tcp_proxy;
mod tls_front;
mod world;

pub(crate) use authority::{Authority, Leaf};
pub(crate) use database::TestDatabase;
pub(crate) use documented::{codes_of, document};
pub(crate) use eventually::eventually;
pub(crate) use http::{Answer, FOR_PINGORA, Http, PATIENCE, RawConnection};
pub(crate) use own_postgres::{OwnPostgres, postgres_programs};
pub(crate) use own_redis::{OwnRedis, redis_program};
pub(crate) use process::{Process, Told, environment, run};
pub(crate) use shop::{Asked, Ending, Reply, Shop};
pub(crate) use sse::{Event, EventStream, events_of, text_of};
pub(crate) use tcp_proxy::{Server, TcpProxy};
pub(crate) use tls_front::TlsFront;
pub(crate) use world::{KeySpec, ORIGIN, SECRET_KEY, Variables, World, WorldBuilder, configured};
