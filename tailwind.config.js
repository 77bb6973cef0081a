// Tailwind's input is views/app.css, which reads this file through @config.
// Colours are custom properties there, so that light and dark share every class.
export default {
  theme: {
    extend: {
      colors: {
        canvas: "var(--canvas)",
        surface: "var(--surface)",
        line: "var(--line)",
        ink: "var(--ink)",
        muted: "var(--muted)",
        accent: "var(--accent)",
      },
    },
  },
};
