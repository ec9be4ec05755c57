import { PopoverButton } from '../search/popover-button.tsx';
import { THEMES, useTheme, type Theme } from '../theme/theme.ts';
import { placeName } from '../time/instant.ts';
import { TIME_ZONES, useTimeZone, type TimeZone } from '../time/time-zone.ts';
import styles from './settings-menu.module.css';

const THEME_NAMES: Readonly<Record<Theme, string>> = {
  system: 'System',
  light: 'Light',
  dark: 'Dark',
};

/** The settings that this browser keeps. */
export function SettingsMenu() {
  const [theme, chooseTheme] = useTheme();
  const [zone, chooseZone] = useTimeZone();
  return (
    <PopoverButton label={<SettingsMark />} name="Settings" align="end" variant="small">
      <div className={styles.settings}>
        <label className={styles.setting}>
          Theme
          <select value={theme} onChange={({ target }) => chooseTheme(target.value as Theme)}>
            {THEMES.map((name) => (
              <option key={name} value={name}>
                {THEME_NAMES[name]}
              </option>
            ))}
          </select>
        </label>
        <label className={styles.setting}>
          Times
          <select value={zone} onChange={({ target }) => chooseZone(target.value as TimeZone)}>
            {TIME_ZONES.map((name) => (
              <option key={name} value={name}>
                {name === 'utc' ? 'UTC' : `Local (${placeName()})`}
              </option>
            ))}
          </select>
        </label>
      </div>
    </PopoverButton>
  );
}

function SettingsMark() {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d="M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
      />
      <circle cx="10" cy="4.5" r="1.9" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <circle cx="6" cy="11.5" r="1.9" fill="none" stroke="currentColor" strokeWidth="1.6" />
    </svg>
  );
}
