/**
 * Ids in a block. Small, for all spans of a block that may have an attribute are looked at (1 µs each); large, for each filter is asked
 * on its own (4 µs). Blocks are kept by number: their size cannot change (sql/migrations/0002-attribute-filters.sql).
 */
export const BLOCK_SPANS = 4_096;
