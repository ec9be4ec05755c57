import { useState } from 'react';
import { failureText } from '../api/problem.ts';
import { pictureFileName } from './picture-file-name.ts';
import { picturePng } from './picture-png.ts';
import type { PictureCaption, SvgFile } from './self-contained-svg.ts';
import styles from './picture-frame.module.css';

export interface ExportedPicture extends PictureCaption {
  /** The first part of the file's name. */
  readonly kind: string;
  /** The name of the trace. */
  readonly name: string;
  readonly traceId: string;
}

interface ExportButtonsProps {
  /** Makes the file of the picture. */
  readonly file: () => SvgFile | undefined;
  readonly picture: Pick<ExportedPicture, 'kind' | 'name' | 'traceId'>;
}

/** Saves the picture as a file. */
export function ExportButtons({ file, picture }: ExportButtonsProps) {
  const [failure, setFailure] = useState('');
  const save = async (ending: 'svg' | 'png') => {
    try {
      setFailure('');
      const drawn = file();
      if (!drawn) return;
      const { svg } = drawn;
      const blob =
        ending === 'png' ? await picturePng(svg, drawn) : new Blob([svg], { type: 'image/svg+xml' });
      download(blob, pictureFileName(picture.kind, picture.name, picture.traceId, ending));
    } catch (error) {
      setFailure(failureText(error));
    }
  };
  return (
    <div className={styles.group} role="group" aria-label="Save the picture">
      <button
        type="button"
        className={styles.button}
        title="Save as SVG, with title and legend"
        onClick={() => void save('svg')}
      >
        SVG
      </button>
      <button
        type="button"
        className={styles.button}
        title="Save as PNG, twice as large"
        onClick={() => void save('png')}
      >
        PNG
      </button>
      <span role="alert" className={styles.failure}>
        {failure}
      </span>
    </div>
  );
}

function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after this tick.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
