import {
  BadRequestException,
  ConflictException,
  HttpException,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { ProblemException, toProblem } from './problem-details.ts';

describe('the problem for an error', () => {
  it('is a problem itself, unchanged', () => {
    const problem = new ProblemException({ status: 409, detail: 'taken' });

    expect(toProblem(problem)).toBe(problem);
  });

  it.each([
    [new NotFoundException('no order 7'), 404, 'Not Found', 'no order 7'],
    [new ConflictException(), 409, 'Conflict', 'Conflict'],
    [new HttpException('slow down', 429), 429, 'Too Many Requests', 'slow down'],
    [new HttpException({ message: 'gone', hint: 'x' }, 410), 410, 'Gone', 'gone'],
    [new ServiceUnavailableException('later'), 503, 'Service Unavailable', 'later'],
  ])("has the status and the text of Nest's %s", (exception, status, title, detail) => {
    expect(toProblem(exception).problem).toEqual({ type: 'about:blank', status, title, detail });
  });

  it("lists the errors of Nest's validation pipe", () => {
    const { problem } = toProblem(new BadRequestException(['a must be a string', 'b must be positive']));

    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'a must be a string; b must be positive',
      errors: [{ detail: 'a must be a string' }, { detail: 'b must be positive' }],
    });
  });

  it.each([
    new Error('password authentication failed for user "orders"'),
    Object.assign(new Error('no such order in the other service'), { status: 404 }),
    Object.assign(new Error('secret path'), { status: 403, statusCode: 403 }),
    Object.assign(new Error('disk'), { status: 503, statusCode: 503, expose: false }),
    'a string',
    { message: 'an object', status: 418 },
    null,
    undefined,
  ])('is a 500 without details, for %s', (thrown) => {
    const { problem, cause } = toProblem(thrown);

    expect(problem).toEqual({ type: 'about:blank', title: 'Internal Server Error', status: 500 });
    expect(cause ?? undefined).toBe(thrown ?? undefined);
  });

  it('has the text of an exception that an app made itself, for any cause', () => {
    const cause = Object.assign(new Error('inner'), { status: 400, expose: true });

    expect(toProblem(new BadRequestException('the file is no CSV', { cause })).problem.detail).toBe(
      'the file is no CSV',
    );
  });
});

describe('a problem exception', () => {
  it('lets no extension replace a standard member', () => {
    const { problem } = new ProblemException({
      status: 422,
      type: 'https://example.test/problems/total',
      title: 'Wrong total',
      detail: 'It is 5.',
      extensions: { status: 200, title: 'Fine', errors: [{ pointer: '#/totalCents', detail: 'is 5' }] },
    });

    expect(problem).toEqual({
      type: 'https://example.test/problems/total',
      title: 'Wrong total',
      status: 422,
      detail: 'It is 5.',
      errors: [{ pointer: '#/totalCents', detail: 'is 5' }],
    });
  });
});
