-- Writes an order and its carriers. No row comes back if the idempotency key belongs to an earlier order.
--
-- $1 id, $2 customer, $3 currency, $4 items, $5 stated total in cents, $6 trace context, $7 idempotency key, $8 request digest,
-- $9 headers of the message that publishes it
INSERT INTO orders (id, customer_id, currency, items, stated_total_cents, trace_context, idempotency_key, request_digest, message_context)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
RETURNING received_at AS "receivedAt"
