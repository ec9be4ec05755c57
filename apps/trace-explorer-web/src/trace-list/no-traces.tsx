import * as Tabs from '@radix-ui/react-tabs';
import { useState } from 'react';
import { CopyButton } from './copy-button.tsx';
import { firstTraceAdvice } from './first-trace.ts';
import styles from './no-traces.module.css';

/** The instructions while nothing has come in yet. */
export function NoTraces() {
  const [advice] = useState(() => firstTraceAdvice(window.location.origin, Date.now()));
  return (
    <section className={styles.page} aria-label="No traces yet">
      <h2 className={styles.title}>No traces yet</h2>
      <p className={styles.lead}>
        Point an application here. Its traces appear by themselves, and every span link can be followed both
        ways.
      </p>
      <Tabs.Root className={styles.languages} defaultValue="0">
        <Tabs.List className={styles.tabs} aria-label="Language of the application">
          {/* The value becomes part of an element's id, which must not contain a space. */}
          {advice.map(({ language }, index) => (
            <Tabs.Trigger key={language} className={styles.tab} value={String(index)}>
              {language}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {advice.map(({ language, recipes }, index) => (
          <Tabs.Content key={language} value={String(index)}>
            <ol className={styles.recipes}>
              {recipes.map(({ title, note, text }) => (
                <li key={title} className={styles.recipe}>
                  <div className={styles.heading}>
                    <h3>{title}</h3>
                    <p className={styles.note}>{note}</p>
                    <CopyButton text={text} what={title} />
                  </div>
                  <pre className={styles.text}>{text}</pre>
                </li>
              ))}
            </ol>
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </section>
  );
}
