/** Switches between dark and light. */
import { useEffect, useState } from 'react';
import { MoonIcon, SunIcon } from './icons.tsx';
import { readTheme, systemTheme, writeTheme, type Theme } from './theme.ts';

export function ThemeToggle() {
  const [theme, setTheme] = useState<Theme>(() => readTheme() ?? systemTheme());
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => { if (readTheme() === undefined) setTheme(systemTheme()); };
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  const next = theme === 'dark' ? 'light' : 'dark';
  return (
    <button type="button" className="icon-button" aria-label={`Use ${next} colours`} title={`Use ${next} colours`} onClick={() => { writeTheme(next); setTheme(next); }}>
      {theme === 'dark' ? <SunIcon /> : <MoonIcon />}
    </button>
  );
}
