import { Link } from '@tanstack/react-router';
import styles from './crumb-trail.module.css';
import type { Crumb } from './crumbs.ts';

/** The way back to the traces whose links led here. */
export function CrumbTrail({ crumbs }: { readonly crumbs: readonly Crumb[] }) {
  return (
    <nav aria-label="The way here" className={styles.trail} data-empty={crumbs.length === 0 || undefined}>
      <ol>
        <li>
          <Link to="/traces">Traces</Link>
        </li>
        {crumbs.map(({ traceId, search, service, name }, index) => (
          <li key={traceId}>
            <Link
              to="/trace/$traceId"
              params={{ traceId }}
              search={search}
              state={{ crumbs: crumbs.slice(0, index) }}
              title={`Back to ${service} ${name}`}
            >
              {index === crumbs.length - 1 && <span aria-hidden="true">← </span>}
              {name}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
