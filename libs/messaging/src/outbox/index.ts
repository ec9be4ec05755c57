export { MessagingTables1764400000000 } from './messaging-tables.migration.ts';
export {
  INSERT_OUTBOX_ROW,
  outboxParameters,
  outboxRow,
  type MessageContent,
  type OutboxRow,
} from './outbox-row.ts';
