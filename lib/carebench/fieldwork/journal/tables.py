"""The tables of the journal. Times are text, UTC, ISO 8601 ending in Z; so they sort."""

from __future__ import annotations

VERSION = 1

# States of a probe: planned (or waiting for another try), sending (intent is written, outcome is
# not), sent, in_doubt (the runner died while sending), not_sent (nothing came of a doubt),
# refused (their server said no for good), failed (ours did, or our network), cancelled (do not
# contact, stopped, replaced), done (made by a person or a caller, its record is in `records`).
STATES = (
    "planned",
    "sending",
    "sent",
    "in_doubt",
    "not_sent",
    "refused",
    "failed",
    "cancelled",
    "done",
)

TABLES = f"""
CREATE TABLE facts (            -- hash of the plan, key of the pseudonyms, version
    name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE probes (
    token TEXT PRIMARY KEY,
    provider TEXT NOT NULL, channel TEXT NOT NULL, scenario TEXT NOT NULL, version TEXT NOT NULL,
    stage TEXT NOT NULL, persona TEXT NOT NULL, arm TEXT NOT NULL, shopper TEXT NOT NULL,
    language TEXT NOT NULL, due_utc TEXT NOT NULL, zone TEXT NOT NULL, slot INTEGER NOT NULL,
    any_hour INTEGER NOT NULL, number INTEGER NOT NULL,
    recipient TEXT NOT NULL,    -- address, number or place, as the study named it when planned
    centre TEXT NOT NULL,       -- the line or centre whose caps it counts against
    watched_s REAL NOT NULL,    -- for how long an answer is watched for
    message_id TEXT UNIQUE,     -- e-mail alone: fixed at planning, never made again
    state TEXT NOT NULL DEFAULT 'planned' CHECK (state IN {STATES}),
    not_before TEXT NOT NULL,   -- due_utc, or later after a "try again"
    tries INTEGER NOT NULL DEFAULT 0,
    tried_utc TEXT,             -- when the last try began
    sent_utc TEXT,
    replaces TEXT REFERENCES probes (token),
    raw BLOB) STRICT;           -- the message as it will be sent; last, for few readers need it
CREATE TABLE events (           -- what happened, never changed
    number INTEGER PRIMARY KEY, token TEXT REFERENCES probes (token), at_utc TEXT NOT NULL,
    kind TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE messages (         -- what was received, byte for byte
    digest TEXT PRIMARY KEY,    -- sha256 of raw: the same bytes are kept once
    account TEXT NOT NULL, folder TEXT NOT NULL, uidvalidity INTEGER, uid INTEGER,
    received_utc TEXT NOT NULL, -- when the mailbox got it, as its server says
    raw BLOB) STRICT;           -- empty once it was erased
CREATE TABLE readings (         -- what was read of a message; goes when its bytes are erased
    digest TEXT PRIMARY KEY REFERENCES messages (digest) ON DELETE CASCADE,
    reader TEXT NOT NULL,       -- which code read it, and for which mailbox and personas
    token TEXT NOT NULL,        -- the probe whose letter was cut from it, '' where it answers none
    brief TEXT NOT NULL, marks BLOB NOT NULL, said TEXT NOT NULL,
    basis TEXT NOT NULL DEFAULT '') STRICT; -- what its label rests on; '' where it has none yet
CREATE TRIGGER readings_go_with_bytes AFTER UPDATE OF raw ON messages
    WHEN NEW.raw IS NULL BEGIN DELETE FROM readings WHERE digest = NEW.digest; END;
CREATE TABLE cursors (          -- how far a folder was read
    account TEXT NOT NULL, folder TEXT NOT NULL, uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL, PRIMARY KEY (account, folder)) STRICT;
CREATE TABLE matches (          -- which probe a message answers, and how that is known
    digest TEXT PRIMARY KEY REFERENCES messages (digest), token TEXT NOT NULL
    REFERENCES probes (token), evidence TEXT NOT NULL) STRICT;
CREATE TABLE labels (           -- what a message is: made again whenever messages come
    digest TEXT PRIMARY KEY REFERENCES messages (digest), label TEXT NOT NULL,
    sure INTEGER NOT NULL, evidence TEXT NOT NULL) STRICT;
CREATE TABLE codes (            -- what a person said it is, blind to the provider
    item TEXT NOT NULL,         -- digest of a message, or attempt_id of a record
    coder TEXT NOT NULL, label TEXT NOT NULL, at_utc TEXT NOT NULL,
    PRIMARY KEY (item, coder)) STRICT;
CREATE TABLE records (          -- attempts that others recorded, as columns of `attempts` in JSON
    source TEXT NOT NULL, record TEXT NOT NULL, token TEXT, attempt TEXT NOT NULL,
    imported_utc TEXT NOT NULL, PRIMARY KEY (source, record)) STRICT;
CREATE TABLE ratings (
    attempt_id TEXT NOT NULL, shopper TEXT NOT NULL, item TEXT NOT NULL, score REAL NOT NULL,
    PRIMARY KEY (attempt_id, shopper, item)) STRICT;
CREATE TABLE answers (          -- imported answers of surveys, as columns of `survey` in JSON
    source TEXT NOT NULL, record TEXT NOT NULL, answer TEXT NOT NULL,
    imported_utc TEXT NOT NULL, PRIMARY KEY (source, record)) STRICT;
CREATE TABLE checks (           -- of web pages
    number INTEGER PRIMARY KEY, provider TEXT NOT NULL, page TEXT NOT NULL, at_utc TEXT NOT NULL,
    verdict TEXT NOT NULL, fault TEXT NOT NULL, seconds REAL, detail TEXT NOT NULL) STRICT;
CREATE TABLE claims (           -- hours that a page claims
    provider TEXT NOT NULL, page TEXT NOT NULL, at_utc TEXT NOT NULL, hours TEXT NOT NULL,
    evidence TEXT NOT NULL, PRIMARY KEY (provider, page, at_utc)) STRICT;
CREATE TABLE do_not_contact (
    address TEXT PRIMARY KEY, since_utc TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE INDEX probes_by_provider ON probes (provider, channel);
CREATE INDEX probes_by_centre ON probes (centre, channel);
CREATE INDEX probes_by_shopper ON probes (shopper);
CREATE INDEX probes_by_state ON probes (state, not_before);
CREATE INDEX probes_by_replaced ON probes (replaces);
CREATE INDEX events_by_probe ON events (token);
CREATE INDEX matches_by_probe ON matches (token);
CREATE INDEX checks_by_page ON checks (page, at_utc);
"""
