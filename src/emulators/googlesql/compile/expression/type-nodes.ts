import { invalidQuery } from '../../errors.js';
import type { TypeNode } from '../../syntax/ast.js';
import {
  arrayOf,
  type BqType,
  rangeOf,
  scalarType,
  structOf,
  timestampOfDigits,
} from '../../syntax/types.js';

/** The type that a type written in SQL means; its parameters (`STRING(5)`) are for the caller. */
export function typeOfNode(node: TypeNode, timestampDigits: 6 | 9 = 6): BqType {
  switch (node.kind) {
    case 'ArrayType': {
      const element = typeOfNode(node.element, timestampDigits);
      if (element.kind === 'ARRAY') throw invalidQuery('Arrays of arrays are not supported', node.pos);
      return arrayOf(element);
    }
    case 'StructType':
      return structOf(
        node.fields.map((field) =>
          field.name === undefined
            ? { type: typeOfNode(field.type, timestampDigits) }
            : { name: field.name.name, type: typeOfNode(field.type, timestampDigits) },
        ),
      );
    case 'RangeType': {
      const element = typeOfNode(node.element, timestampDigits);
      if (element.kind !== 'DATE' && element.kind !== 'DATETIME' && element.kind !== 'TIMESTAMP') {
        throw invalidQuery(`Unsupported type: RANGE<${element.kind}> is not supported`, node.pos);
      }
      return rangeOf(element);
    }
    case 'TableType':
      throw invalidQuery('A TABLE type is allowed only for arguments of table functions', node.pos);
    case 'SimpleType': {
      const name = node.name.toUpperCase();
      // A name of the REST API that is none of the language.
      const type = name === 'FLOAT' ? undefined : scalarType(name);
      if (type === undefined) throw invalidQuery(`Type not found: ${node.name}`, node.pos);
      return type.kind === 'TIMESTAMP' ? timestampOfDigits(timestampDigits) : type;
    }
  }
}
