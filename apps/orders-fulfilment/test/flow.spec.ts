import { describeFlow } from './flow.ts';

describeFlow('pg-boss', async () => ({ env: {}, stop: async () => undefined }));
