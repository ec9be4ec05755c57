import {
  ChildEntity,
  Column,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  TableInheritance,
  type Relation,
} from 'typeorm';
import type { TraceCarrier } from '../../src/index.ts';
import { currentTraceContext, TraceContextColumn } from '../../src/typeorm/index.ts';

@Entity()
export class Order {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text', { unique: true })
  reference!: string;

  @Column('text', { default: 'pending' })
  status!: string;

  @TraceContextColumn({ name: 'trace_context' })
  traceContext: TraceCarrier | null = currentTraceContext();

  @OneToMany(() => Line, (line) => line.order, { cascade: true })
  lines!: Relation<Line>[];
}

/** Made by cascades. */
@Entity()
export class Line {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  sku!: string;

  @TraceContextColumn()
  traceContext: TraceCarrier | null = currentTraceContext();

  @ManyToOne(() => Order, (order) => order.lines)
  order!: Relation<Order>;
}

export abstract class Traced {
  @PrimaryGeneratedColumn()
  id!: number;

  @TraceContextColumn()
  traceContext: TraceCarrier | null = currentTraceContext();
}

/** Inherits the column from a class that is no entity. */
@Entity()
export class Refund extends Traced {
  @Column('int', { default: 0 })
  cents!: number;
}

@Entity()
@TableInheritance({ column: { type: 'text', name: 'kind' } })
export class Task extends Traced {
  @Column('text', { default: '' })
  note!: string;
}

/** Shares its parent's table. */
@ChildEntity()
export class EmailTask extends Task {
  @Column('text', { nullable: true })
  address!: string | null;
}

@Entity()
@TableInheritance({ column: { type: 'text', name: 'kind' } })
export class Entry {
  @PrimaryGeneratedColumn()
  id!: number;
}

/** Has the column, where its parent and its siblings in the table have none. */
@ChildEntity()
export class PaymentEntry extends Entry {
  @TraceContextColumn()
  traceContext: TraceCarrier | null = currentTraceContext();
}

@ChildEntity()
export class RemarkEntry extends Entry {}

export class Origin {
  @Column('text', { default: 'web' })
  channel!: string;

  @TraceContextColumn()
  traceContext: TraceCarrier | null = currentTraceContext();
}

/** Has the column in an embedded object. */
@Entity()
export class Shipment {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column(() => Origin)
  origin = new Origin();
}

/** Keeps its context as text, as on a database without JSON. */
@Entity()
export class TextOrder {
  @PrimaryColumn('int')
  id!: number;

  @TraceContextColumn({ type: 'text' })
  traceContext: TraceCarrier | null = currentTraceContext();
}

/** Hides its context from what is sent to clients. */
@Entity()
export class HiddenOrder {
  @PrimaryColumn('int')
  id!: number;

  @Column('text', { default: '' })
  note!: string;

  @TraceContextColumn({ select: false })
  traceContext: TraceCarrier | null = currentTraceContext();
}

export const ENTITIES = [
  Order,
  Line,
  Refund,
  Task,
  EmailTask,
  Entry,
  PaymentEntry,
  RemarkEntry,
  Shipment,
  TextOrder,
  HiddenOrder,
];
