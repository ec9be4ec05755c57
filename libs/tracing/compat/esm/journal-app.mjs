import { linkSafeProcessor } from '@span-links/tracing/sdk';
import { runJournalApp } from '../shared/journal.cjs';

await runJournalApp({ linkSafeProcessor });
