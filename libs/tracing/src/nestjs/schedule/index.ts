export { tickingJob, type TickingJobOptions, type TickingJobSettings } from './ticking-job.ts';
