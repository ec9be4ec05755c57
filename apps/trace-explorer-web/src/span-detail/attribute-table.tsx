import { attributeText, type Attribute } from '@span-links/explorer-api';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { attributeQuery, type AttributePlace } from './attribute-query.ts';
import styles from './attribute-table.module.css';
import { CopyButton } from './copy-button.tsx';

interface AttributeTableProps {
  readonly attributes: readonly Attribute[];
  /** The owner for the search. Without it, the attributes cannot be searched. */
  readonly place?: AttributePlace;
}

// About four lines of the panel.
const FOLDED_CHARACTERS = 240;

/** Keys and values. Keys may repeat, so rows are identified by their place. */
export function AttributeTable({ attributes, place }: AttributeTableProps) {
  return (
    <dl className={styles.table}>
      {attributes.map((attribute, index) => (
        <AttributeRow key={`${index} ${attribute.key}`} attribute={attribute} place={place} />
      ))}
    </dl>
  );
}

interface AttributeRowProps {
  readonly attribute: Attribute;
  readonly place: AttributePlace | undefined;
}

function AttributeRow({ attribute, place }: AttributeRowProps) {
  const text = attributeText(attribute);
  const query = place && attributeQuery(attribute, place);
  return (
    <div className={styles.row}>
      <dt>
        {attribute.key}
        {attribute.type !== 'string' && <span className={styles.type}>{attribute.type}</span>}
      </dt>
      <dd>
        <FoldedText text={text} />
        <span className={styles.actions}>
          {query !== undefined && (
            <Link
              to="/traces"
              search={{ q: query }}
              className={styles.find}
              title={`Find spans with ${query}`}
              aria-label={`Find spans with ${attribute.key} = ${text.slice(0, 80)}`}
            >
              <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
                <circle cx="7" cy="7" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
                <path d="M10.5 10.5L14 14" stroke="currentColor" strokeWidth="1.8" />
              </svg>
            </Link>
          )}
          <CopyButton text={text} name={`value of ${attribute.key}`} />
        </span>
      </dd>
    </div>
  );
}

function FoldedText({ text }: { readonly text: string }) {
  const [isOpen, setOpen] = useState(false);
  if (text === '') return <span className={styles.empty}>(empty)</span>;
  if (text.length <= FOLDED_CHARACTERS) return <span className={styles.value}>{text}</span>;
  return (
    <span className={styles.value}>
      {isOpen ? text : `${text.slice(0, FOLDED_CHARACTERS)}…`}
      <button type="button" className={styles.more} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Less' : `All ${text.length.toLocaleString()} characters`}
      </button>
    </span>
  );
}
