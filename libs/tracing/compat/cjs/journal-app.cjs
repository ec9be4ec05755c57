'use strict';
const { linkSafeProcessor } = require('@span-links/tracing/sdk');
const { runJournalApp } = require('../shared/journal.cjs');

void runJournalApp({ linkSafeProcessor });
