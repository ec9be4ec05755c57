import { attributeText, type Attribute } from '@span-links/explorer-api';
import { useState } from 'react';
import { FoldButton } from './fold-button.tsx';
import styles from './link-detail.module.css';

const SHOWN = 12;

/** Keys and values in the order of sending. A key may come twice. */
export function AttributeList({ attributes, empty }: { attributes: readonly Attribute[]; empty: string }) {
  const [isOpen, setOpen] = useState(false);
  if (attributes.length === 0) return <p className={styles.none}>{empty}</p>;
  const shown = isOpen ? attributes : attributes.slice(0, SHOWN);
  return (
    <>
      <dl className={styles.list}>
        {shown.map((attribute, index) => (
          <Entry key={index} attribute={attribute} />
        ))}
      </dl>
      {attributes.length > SHOWN && (
        <FoldButton isOpen={isOpen} more={`${attributes.length - SHOWN} more`} onChange={setOpen} />
      )}
    </>
  );
}

function Entry({ attribute }: { attribute: Attribute }) {
  return (
    <>
      <dt>{attribute.key}</dt>
      <dd>{attributeText(attribute)}</dd>
    </>
  );
}
