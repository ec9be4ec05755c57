import type { Scenario } from '../exercise.ts';
import { scenario as fanIn } from './fan-in/scenario.ts';
import { scenario as fanOut } from './fan-out/scenario.ts';
import { scenario as lostTrail } from './lost-trail/scenario.ts';
import { scenario as messages } from './messages/scenario.ts';
import { scenario as production } from './production/scenario.ts';
import { scenario as retries } from './retries/scenario.ts';

const scenarios: Readonly<Record<string, Scenario>> = {
  '1-lost-trail': lostTrail,
  '2-fan-in': fanIn,
  '3-fan-out': fanOut,
  '4-messages': messages,
  '5-retries': retries,
  '6-production': production,
};

export function scenarioOf(exercise: string): Scenario {
  const scenario = scenarios[exercise];
  if (!scenario) throw new Error(`There is no exercise ${exercise}.`);
  return scenario;
}
