import type { AttributeValue } from '@span-links/explorer-api';

/** An attribute's value as one line of text. Bytes stay base64, since nobody can say what they mean. */
export function attributeText(attribute: AttributeValue): string {
  switch (attribute.type) {
    case 'array':
      return `[${attribute.value.map(attributeText).join(', ')}]`;
    case 'map':
      return `{${attribute.value.map((entry) => `${entry.key}: ${attributeText(entry)}`).join(', ')}}`;
    case 'empty':
      return '';
    case 'string':
    case 'bool':
    case 'int':
    case 'double':
    case 'bytes':
      return String(attribute.value);
  }
}
