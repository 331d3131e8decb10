import { addEvent } from './events.ts';
import { on } from './guard.ts';

/** Tells the first play of each video on the page. */
export function watchVideos(): void {
  const played = new WeakSet<EventTarget>();
  on(document, 'play', (event) => {
    const video = event.target as HTMLVideoElement;
    if (!video.matches('video') || played.has(video)) return;
    played.add(video);
    addEvent('video_play', { label: video.title || video.currentSrc.split('?')[0] }, video);
  });
}
