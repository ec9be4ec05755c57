import { useState } from 'react';
import { CopyButton } from './copy-button.tsx';
import { firstTraceRecipes } from './first-trace.ts';
import styles from './no-traces.module.css';

/** What to do when nothing has ever come in. */
export function NoTraces() {
  const [recipes] = useState(() => firstTraceRecipes(window.location.origin, Date.now()));
  return (
    <section className={styles.page} aria-label="No traces yet">
      <h2 className={styles.title}>No traces yet</h2>
      <p className={styles.lead}>
        Point an application here. Its traces appear by themselves, and every span link can be followed both
        ways.
      </p>
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
    </section>
  );
}
