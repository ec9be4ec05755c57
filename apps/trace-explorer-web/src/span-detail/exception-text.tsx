import { attributeText, type Attribute } from '@span-links/explorer-api';
import { CopyButton } from './copy-button.tsx';
import styles from './events-tab.module.css';
import { stackLines } from './stack-trace.ts';

// The parts of an exception that are laid out by themselves.
const EXCEPTION_KEYS = ['exception.type', 'exception.message', 'exception.stacktrace'] as const;

/** The attributes that are not part of an exception. */
export function otherAttributes(attributes: readonly Attribute[]): readonly Attribute[] {
  return attributes.filter(({ key }) => !EXCEPTION_KEYS.some((known) => known === key));
}

/** The exception that is in some attributes; nothing if there is none. */
export function ExceptionText({ attributes }: { readonly attributes: readonly Attribute[] }) {
  const [type, message, stack] = EXCEPTION_KEYS.map((key) => {
    const found = attributes.find((attribute) => attribute.key === key);
    return found && attributeText(found);
  });
  if (!type && !message && !stack) return null;
  return (
    <>
      <p className={styles.message}>
        {type && <b>{type}</b>}
        {type && message && ': '}
        {message}
      </p>
      {stack && (
        <div className={styles.stack}>
          <CopyButton text={stack} name="stack trace" label="Copy" />
          <pre tabIndex={0} aria-label="Stack trace">
            {stackLines(stack).map(({ text, kind }, index) => (
              <span key={index} data-kind={kind}>
                {text}
                {'\n'}
              </span>
            ))}
          </pre>
        </div>
      )}
    </>
  );
}
