//! The statements that transcripts are read with, put together of literals: checked queries are made of nothing else, so
//! these are macros. What is meant is said here only; must not run anything.

/// Asks for conversations: `t` is what stands in the brackets, out of `vestibule.transcripts`. Of each is shown the newest
/// question, or where `$means` says which are meant the newest of those. Macros, because checked queries are made of
/// literals.
macro_rules! select_transcripts {
    ([$($from:tt)+], [$($means:tt)+], $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            TranscriptColumns,
            r#"
            SELECT
              t.conversation_id AS "id!", t.staff AS "staff!", c.owner, c.visitor, c.started_at, t.last_at, t.solved, t.note, t.version,
              n.exchanges AS "exchanges!", n.refused AS "refused!", n.failed AS "failed!", n.up AS "up!",
              n.down AS "down!", p.handovers AS "handovers!", p.handed_over_at AS "handed_over_at?",
              left(l.question, 300) AS question, l.origin AS "origin?", l.locale AS "locale?", l.key AS "key?"
            FROM (
            "# + $($from)+ + r#"
            ) AS t
            JOIN vestibule.conversations c ON c.id = t.conversation_id
            CROSS JOIN LATERAL (
              SELECT
                count(*) AS exchanges,
                count(*) FILTER (WHERE e.outcome = 'refused') AS refused,
                count(*) FILTER (WHERE e.outcome = 'failed') AS failed,
                count(*) FILTER (WHERE e.feedback = 'up') AS up,
                count(*) FILTER (WHERE e.feedback = 'down') AS down
              FROM vestibule.exchanges e
              WHERE e.tenant_id = t.tenant_id
                AND e.conversation_id = t.conversation_id
            ) AS n
            CROSS JOIN LATERAL (
              SELECT count(*) AS handovers, max(h.at) AS handed_over_at
              FROM vestibule.handovers h
              WHERE h.tenant_id = t.tenant_id
                AND h.conversation_id = t.conversation_id
            ) AS p
            LEFT JOIN LATERAL (
              SELECT e.question, e.origin, e.locale, k.public_id AS key
              FROM vestibule.exchanges e
              LEFT JOIN vestibule.api_keys k ON k.id = e.api_key_id
              WHERE e.tenant_id = t.tenant_id
                AND e.conversation_id = t.conversation_id
              ORDER BY coalesce(e.id IS NOT NULL "# + $($means)+ + r#", false) DESC, e.at DESC, e.id DESC
              LIMIT 1
            ) AS l ON true
            ORDER BY t.last_at DESC, t.conversation_id DESC
            "#,
            $($value),+
        )
    };
}
pub(super) use select_transcripts;

/// Asks for exchanges, with their conversation's rows `t` and `c`, where what stands in the brackets is so.
macro_rules! select_exchanges {
    ([$($condition:tt)+], [$($means:tt)+], $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            ExchangeRow,
            r#"
            SELECT
              e.id, e.conversation_id, e.at, e.outcome, e.code, k.public_id AS "key?", e.origin, e.locale, c.visitor,
              e.cached, e.prompt_tokens, e.completion_tokens, e.question, e.question_cut, e.answer, e.answer_cut,
              e.sources, e.feedback, e.feedback_reason, t.solved, t.note
            FROM vestibule.exchanges e
            JOIN vestibule.conversations c ON c.id = e.conversation_id
            JOIN vestibule.transcripts t ON t.conversation_id = e.conversation_id
            LEFT JOIN vestibule.api_keys k ON k.id = e.api_key_id
            WHERE
            "# + $($condition)+,
            $($value),+
        )
    };
}
pub(super) use select_exchanges;

/// One of the above, with the conditions of a filter: those of a conversation stand behind `$before`, those of an
/// exchange behind `$between`. Its values are $1 to $15, then where the page begins, $16 and $17, how much of it there
/// is, $18, one more, $19, whose questions, $20, and what else the query needs, from $21 on.
macro_rules! filtered {
    ($select:ident, $($rest:tt)+) => {
        filtered_by!(
            $select,
            r#"
              AND ($7::boolean IS NULL OR (e.outcome = 'refused') = $7)
              AND ($8::boolean IS NULL OR (e.outcome = 'failed') = $8)
              AND ($9::text IS NULL OR e.feedback = $9)
              AND ($10::uuid IS NULL OR e.api_key_id = $10)
              AND ($11::text IS NULL OR e.origin = $11)
              AND ($12::text IS NULL OR lower(e.locale) = lower($12)
                   OR starts_with(lower(e.locale), lower($12) || '-'))
              AND ($13::timestamptz IS NULL OR e.at >= $13)
              AND ($14::timestamptz IS NULL OR e.at < $14)
              AND ($15::text IS NULL OR e.words @@ $15::text::tsquery)
            "#,
            $($rest)+
        )
    };
}
pub(super) use filtered;

/// As [`filtered`]; `$meant` is what an exchange must be, said once for finding conversations and for choosing the
/// question that is shown of them.
macro_rules! filtered_by {
    ($select:ident, $meant:tt, [$before:tt, $between:tt, $($behind:tt)+], $place:expr, $filter:expr, $after:expr, $limit:expr, $more:expr $(, $else:expr)*) => {
        $select!(
            [$before
                + r#"
              t.tenant_id = $1
              AND t.workspace_id = $2
              AND ($3::boolean IS NULL OR t.solved = $3)
              AND ($4::boolean IS NULL OR $4 = EXISTS (
                SELECT 1
                FROM vestibule.handovers o
                WHERE o.tenant_id = t.tenant_id
                  AND o.conversation_id = t.conversation_id
              ))
              AND ($5::text IS NULL OR c.owner = $5 OR c.visitor = $5)
              AND ($6::text IS NULL OR c.owner = $6)
              AND ($13::timestamptz IS NULL OR t.last_at >= $13)
              AND ($20::boolean IS NULL OR t.staff = $20)
            "#
                + $between
                + $meant
                + $($behind)+],
            [$meant],
            $place.0.0,
            $place.1.0,
            $filter.solved,
            $filter.handed_over,
            $filter.visitor.as_ref().map(PersonFilter::as_str),
            $filter.subject.as_ref().map(PersonFilter::as_str),
            $filter.refused,
            $filter.failed,
            $filter.feedback.map(Thumb::as_str),
            $filter.key.map(|key| key.0),
            $filter.origin.as_deref(),
            $filter.locale.as_deref(),
            $filter.from,
            $filter.to,
            $filter.words.as_deref().map(search),
            $after.map(|after| after.at),
            $after.map(|after| after.id),
            i64::from($limit),
            $more,
            $filter.staff,
            $($else,)*
        )
    };
}

pub(super) use filtered_by;

/// The list of conversations, out of what stands in the brackets: they are found by it, in its order.
macro_rules! list {
    ([$from:tt, $order:tt], $place:expr, $filter:expr, $after:expr, $limit:expr $(, $else:expr)*) => {
        filtered!(
            select_transcripts,
            [
                $from,
                r#"
                  AND (
                    EXISTS (
                      SELECT 1
                      FROM vestibule.exchanges e
                      WHERE e.tenant_id = t.tenant_id
                        AND e.conversation_id = t.conversation_id
                "#,
                r#"
                    )
                    OR $19::boolean AND EXISTS (
                      SELECT 1
                      FROM vestibule.handovers h
                      WHERE h.tenant_id = t.tenant_id
                        AND h.conversation_id = t.conversation_id
                        AND ($10::uuid IS NULL OR h.api_key_id = $10)
                        AND ($11::text IS NULL OR h.origin = $11)
                        AND ($12::text IS NULL OR lower(h.locale) = lower($12)
                             OR starts_with(lower(h.locale), lower($12) || '-'))
                        AND ($13::timestamptz IS NULL OR h.at >= $13)
                        AND ($14::timestamptz IS NULL OR h.at < $14)
                        AND ($15::text IS NULL
                             OR to_tsvector('pg_catalog.simple'::regconfig, h.message) @@ $15::text::tsquery)
                    )
                  )
                "#
                + $order
            ],
            $place,
            $filter,
            $after,
            $limit,
            $filter.means_handovers()
            $(, $else)*
        )
    };
}
pub(super) use list;
