/** Starts the page. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { applyTheme, readTheme } from './shell/theme.ts';
import { App } from './shell/app.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/speak.css';
import './styles/voices.css';
import './styles/lists.css';
import './styles/read.css';
import './styles/listen.css';
import './styles/talk.css';
import './styles/providers.css';
import './styles/operations.css';
import './styles/keys.css';

applyTheme(readTheme());
const root = document.getElementById('root');
if (root) createRoot(root).render(<StrictMode><App /></StrictMode>);
