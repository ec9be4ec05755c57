import { attributeText, type LogRecord } from '@span-links/explorer-api';

const MOST_ATTRIBUTES = 4;

/** The text of a record in one line: its body, its exception, or its first attributes. */
export function logText({ body, attributes }: Pick<LogRecord, 'body' | 'attributes'>): string {
  const text = body === null ? '' : attributeText(body).trim();
  if (text !== '') return text.replace(/\s+/g, ' ');
  const exception = ['exception.type', 'exception.message'].flatMap((key) => {
    const found = attributes.find((attribute) => attribute.key === key);
    return found ? [attributeText(found)] : [];
  });
  if (exception.length > 0) return exception.join(': ').replace(/\s+/g, ' ');
  return attributes
    .slice(0, MOST_ATTRIBUTES)
    .map((attribute) => `${attribute.key}=${attributeText(attribute)}`)
    .join(' ')
    .replace(/\s+/g, ' ');
}
