import fc from 'fast-check';

/**
 * Property tests repeat the same cases in each run, so that a test that fails was broken by the change. `FAST_CHECK_SEED=random` looks for
 * new cases; a number repeats a run that failed.
 */
const { FAST_CHECK_SEED = '1' } = process.env;
if (FAST_CHECK_SEED !== 'random')
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(FAST_CHECK_SEED) });
