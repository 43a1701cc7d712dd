-- oldest-release: 1.0.0
--
-- Everything of ours. The schema itself is made by session-backend-migrate, which also runs this file in a transaction.
--
-- Keys are the clients' own ids, compared byte by byte (COLLATE "C") and beginning with the tenant ('' without tokens).
-- The clients' JSON is of type json, which keeps every byte; jsonb would not. `tag` is the entity tag: 64 random bits
-- drawn by the worker at each change. `removed_count` is the removed_message_count of conversation_manager_state.

CREATE TABLE session_backend.migrations (
    number         integer PRIMARY KEY,
    name           text NOT NULL,
    checksum       text NOT NULL, -- SHA-256 of the file
    oldest_release text NOT NULL, -- the oldest release that can live with it
    applied_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE session_backend.sessions (
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    tag               bigint NOT NULL,
    tenant            text COLLATE "C" NOT NULL,
    session_id        text COLLATE "C" NOT NULL,
    multi_agent_state json,
    PRIMARY KEY (tenant, session_id)
);
-- The order of the listing, which has no ties.
CREATE UNIQUE INDEX sessions_by_time ON session_backend.sessions (tenant, created_at, session_id);

-- A session has few agents, which are sorted by time when they are listed: of two indexes that begin with tenant and
-- session_id the planner could take the wrong one.
CREATE TABLE session_backend.agents (
    ordinal                    bigint GENERATED ALWAYS AS IDENTITY, -- order of insertion
    created_at                 timestamptz NOT NULL,
    updated_at                 timestamptz NOT NULL,
    tag                        bigint NOT NULL,
    removed_count              integer NOT NULL,
    tenant                     text COLLATE "C" NOT NULL,
    session_id                 text COLLATE "C" NOT NULL,
    agent_id                   text COLLATE "C" NOT NULL,
    state                      json NOT NULL,
    conversation_manager_state json NOT NULL,
    internal_state             json NOT NULL,
    PRIMARY KEY (tenant, session_id, agent_id),
    FOREIGN KEY (tenant, session_id) REFERENCES session_backend.sessions ON DELETE CASCADE
);

CREATE TABLE session_backend.messages (
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    tag            bigint NOT NULL,
    message_id     integer NOT NULL,
    tenant         text COLLATE "C" NOT NULL,
    session_id     text COLLATE "C" NOT NULL,
    agent_id       text COLLATE "C" NOT NULL,
    message        json NOT NULL,
    redact_message json,
    PRIMARY KEY (tenant, session_id, agent_id, message_id),
    FOREIGN KEY (tenant, session_id, agent_id) REFERENCES session_backend.agents ON DELETE CASCADE
);

CREATE TABLE session_backend.multi_agents (
    ordinal        bigint GENERATED ALWAYS AS IDENTITY,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    tag            bigint NOT NULL,
    tenant         text COLLATE "C" NOT NULL,
    session_id     text COLLATE "C" NOT NULL,
    multi_agent_id text COLLATE "C" NOT NULL,
    state          json NOT NULL,
    PRIMARY KEY (tenant, session_id, multi_agent_id),
    FOREIGN KEY (tenant, session_id) REFERENCES session_backend.sessions ON DELETE CASCADE
);

-- Stored objects. Their bytes are kept uncompressed, so that slices of them can be read.
CREATE TABLE session_backend.objects (
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    tag          bigint NOT NULL,
    tenant       text COLLATE "C" NOT NULL,
    key          text COLLATE "C" NOT NULL,
    content_type bytea NOT NULL, -- as the client sent it, which need not be UTF-8
    data         bytea NOT NULL,
    PRIMARY KEY (tenant, key)
);
ALTER TABLE session_backend.objects ALTER COLUMN data SET STORAGE EXTERNAL;
