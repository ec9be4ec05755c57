import { attributeText, type Attribute, type SpanDetail } from '@span-links/explorer-api';
import { useState } from 'react';
import type { AttributePlace } from './attribute-query.ts';
import { attributesJson } from './attribute-json.ts';
import { AttributeTable } from './attribute-table.tsx';
import styles from './attributes-tab.module.css';
import { CopyButton } from './copy-button.tsx';
import { DroppedNotice } from './dropped-notice.tsx';

/** Attributes of the span, of its resource and of its scope, under one filter. */
export function AttributesTab({ span }: { readonly span: SpanDetail }) {
  const [filter, setFilter] = useState('');
  const { attributes, resource, scope } = span;
  const all = attributes.length + resource.attributes.length + scope.attributes.length;
  return (
    <div className={styles.tab}>
      <div className={styles.bar}>
        <input
          type="search"
          className={styles.filter}
          aria-label="Filter attributes"
          placeholder={`Filter ${all} attributes`}
          value={filter}
          spellCheck={false}
          onChange={(event) => setFilter(event.target.value)}
        />
        <CopyButton
          text={JSON.stringify(attributesJson(attributes), null, 2)}
          name="attributes of the span as JSON"
          label="Copy as JSON"
        />
      </div>
      <DroppedNotice
        count={span.droppedAttributesCount}
        what="attributes"
        setting="OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"
      />
      <Group title="Span" attributes={attributes} filter={filter} place="attribute" />
      <Group title="Resource" attributes={resource.attributes} filter={filter} place="resource" />
      {scope.attributes.length > 0 && <Group title="Scope" attributes={scope.attributes} filter={filter} />}
    </div>
  );
}

interface GroupProps {
  readonly title: string;
  readonly attributes: readonly Attribute[];
  readonly filter: string;
  readonly place?: AttributePlace;
}

function Group({ title, attributes, filter, place }: GroupProps) {
  const wanted = filter.trim().toLowerCase();
  const shown = attributes
    .filter(
      (attribute) =>
        attribute.key.toLowerCase().includes(wanted) ||
        attributeText(attribute).toLowerCase().includes(wanted),
    )
    .sort((a, b) => a.key.localeCompare(b.key));
  return (
    <section>
      <h3 className={styles.title}>
        {title}{' '}
        <span>
          {shown.length === attributes.length ? shown.length : `${shown.length} of ${attributes.length}`}
        </span>
      </h3>
      {shown.length > 0 ? (
        <AttributeTable attributes={shown} {...(place && { place })} />
      ) : (
        <p className={styles.none}>{attributes.length === 0 ? 'None' : 'None with this text'}</p>
      )}
    </section>
  );
}
