# syntax=docker/dockerfile:1

FROM rust:1.95-bookworm AS build
# Compression inside Pingora is C built by cmake.
RUN apt-get update \
    && apt-get install -y --no-install-recommends cmake \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The database is not asked: .sqlx knows what its queries need. The caches stay on the building machine.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    SQLX_OFFLINE=true cargo build --release --locked --package vestibule --bin vestibule \
    && cp target/release/vestibule /vestibule

# glibc and libgcc, no shell, no package manager, a user without rights.
FROM gcr.io/distroless/cc-debian12:nonroot
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Vestibule" \
      org.opencontainers.image.description="A gateway in front of an unmodified AnythingLLM for B2B e-commerce chat" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /vestibule /usr/local/bin/vestibule
USER nonroot
# Public. The admin (8081) and ops (9090) listeners bind to the loopback of the container until told otherwise.
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 CMD ["/usr/local/bin/vestibule", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/vestibule"]
CMD ["serve"]
