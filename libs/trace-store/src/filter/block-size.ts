/**
 * The number of ids in a block. It is small because a search looks at all spans of a block that may
 * have an attribute (1 µs each). It is large because each filter is read separately (4 µs). Blocks
 * are stored by number, so their size cannot change (sql/migrations/0002-attribute-filters.sql).
 */
export const BLOCK_SPANS = 4_096;
