import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApiProblem, problemOf } from '../api/problem.ts';
import styles from './drop-import.module.css';

interface Report {
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly faults: number;
  readonly errors: readonly { readonly line: number; readonly message: string }[];
}

type State =
  | { readonly kind: 'none' | 'over' }
  | { readonly kind: 'sending' | 'done' | 'failed'; readonly text: string };

/** Imports files that are dropped on the page: OTLP/JSON, JSON lines, Jaeger and Tempo JSON, plain or gzip. */
export function DropImport() {
  const client = useQueryClient();
  const [state, setState] = useState<State>({ kind: 'none' });
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setState((before) => (before.kind === 'sending' ? before : { kind: 'over' }));
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null)
        setState((before) => (before.kind === 'over' ? { kind: 'none' } : before));
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      const files = [...(event.dataTransfer?.files ?? [])];
      void importFiles(files, setState).then(() => client.invalidateQueries());
    };
    window.addEventListener('dragover', onOver);
    window.addEventListener('dragleave', onLeave);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('dragover', onOver);
      window.removeEventListener('dragleave', onLeave);
      window.removeEventListener('drop', onDrop);
    };
  }, [client]);
  if (state.kind === 'none') return null;
  if (!('text' in state)) {
    return (
      <div className={styles.over}>
        <p>Drop the file to import its traces: OTLP JSON, JSON lines, Jaeger or Tempo JSON</p>
      </div>
    );
  }
  return (
    <div className={styles.notice} data-kind={state.kind} role={state.kind === 'failed' ? 'alert' : 'status'}>
      <p>
        {state.text} {state.kind === 'done' && <Link to="/traces">See the traces</Link>}
      </p>
      {state.kind !== 'sending' && (
        <button type="button" aria-label="Close" onClick={() => setState({ kind: 'none' })}>
          ✕
        </button>
      )}
    </div>
  );
}

async function importFiles(files: readonly File[], tell: (state: State) => void): Promise<void> {
  const told: string[] = [];
  let hasFailed = false;
  for (const file of files) {
    tell({ kind: 'sending', text: `Importing ${file.name} …` });
    try {
      const response = await fetch('/api/v1/import', { method: 'POST', body: file });
      if (!response.ok) throw await problemOf(response);
      told.push(`${file.name}: ${reportText((await response.json()) as Report)}.`);
    } catch (error) {
      hasFailed = true;
      const reason = error instanceof ApiProblem ? error.message : 'the explorer does not answer.';
      told.push(`${file.name} was not imported: ${reason}`);
    }
  }
  if (told.length > 0) tell({ kind: hasFailed ? 'failed' : 'done', text: told.join(' ') });
}

/** For example `12 spans imported, 3 were here already`. */
export function reportText({ stored, duplicates, refused, faults, errors }: Report): string {
  const parts = [`${stored.toLocaleString('en')} ${stored === 1 ? 'span' : 'spans'} imported`];
  if (duplicates > 0) parts.push(`${duplicates.toLocaleString('en')} were here already`);
  if (refused > 0) parts.push(`${refused.toLocaleString('en')} cannot be stored`);
  const [first] = errors;
  if (faults > 0) {
    const where = first ? `, the first in line ${first.line}: ${first.message}` : '';
    parts.push(`${faults.toLocaleString('en')} ${faults === 1 ? 'part' : 'parts'} cannot be read${where}`);
  }
  return parts.join(', ');
}
