'use strict';
const assert = require('node:assert/strict');
const { registerSdk } = require('./sdk.cjs');

/** A Nest application with spans for its handlers and a job that ticks, written without a compiler: decorators are functions. */
exports.nestScenarios = ({ test, common, core, schedule, nestjs, ticking }) => {
  test('a handler has its span, and a job ticks outside of any', async () => {
    const { ended, tracer } = registerSdk();
    class Orders {
      async find() {
        return { found: true };
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Orders.prototype, 'find');
    common.Get()(Orders.prototype, 'find', descriptor);
    common.Controller('orders')(Orders);

    let tick;
    const ticked = new Promise((resolve) => (tick = resolve));
    class AppModule {}
    common.Module({
      imports: [schedule.ScheduleModule.forRoot()],
      controllers: [Orders],
      providers: [
        ticking.tickingJob({
          name: 'tick',
          useFactory: () => ({
            cronTime: '* * * * * *',
            onTick: () => tick(require('@opentelemetry/api').trace.getActiveSpan()),
          }),
        }),
      ],
    })(AppModule);

    const app = await core.NestFactory.create(AppModule, {
      logger: false,
      instrument: nestjs.nestInstrument(),
    });
    await tracer.startActiveSpan('bootstrap', (span) => app.listen(0, '127.0.0.1').finally(() => span.end()));
    const response = await fetch(`${await app.getUrl()}/orders`);
    assert.deepEqual(await response.json(), { found: true });
    assert.equal(await ticked, undefined);
    await app.close();
    const handler = ended.find(({ name }) => name === 'Orders.find');
    assert.equal(handler?.attributes['nestjs.callback'], 'find');
  });
};
