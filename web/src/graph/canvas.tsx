import { useEffect, useRef, useState } from 'react';
import { type Camera, drawGraph, findNode, fitCamera, type Size } from './draw.ts';
import type { PlacedGraph } from './layout.ts';

interface CanvasProps {
  readonly graph: PlacedGraph;
  readonly chosen: number | null;
  readonly choose: (node: number | null) => void;
  readonly label: string;
}

const STEP = 60;

/**
 * The picture of the graph: dragged and zoomed by mouse, touch and keyboard. The table beside it has
 * the same for people who do not see it.
 */
export function GraphCanvas({ graph, chosen, choose, label }: CanvasProps) {
  const held = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [camera, setCamera] = useState<Camera | null>(null);
  const drag = useRef<{ x: number; y: number; far: number } | null>(null);
  const shown = camera ?? fitCamera(graph, size);

  useEffect(() => {
    const canvas = held.current;
    if (canvas === null) return;
    const watch = new ResizeObserver(() =>
      setSize({ width: canvas.clientWidth, height: canvas.clientHeight }),
    );
    watch.observe(canvas);
    return () => watch.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another graph is shown as a whole
  useEffect(() => setCamera(null), [graph]);
  useEffect(() => {
    const canvas = held.current;
    const context = canvas?.getContext('2d') ?? null;
    if (canvas === null || context === null || size.width === 0) return;
    // One picture for each frame, however many events came.
    const frame = requestAnimationFrame(() => {
      const ratio = window.devicePixelRatio || 1;
      canvas.width = size.width * ratio;
      canvas.height = size.height * ratio;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const ink = getComputedStyle(canvas).color;
      const startedAt = performance.now();
      drawGraph(context, graph, { camera: shown, size, chosen, ink });
      canvas.dataset['drawnMs'] = (performance.now() - startedAt).toFixed(1);
    });
    return () => cancelAnimationFrame(frame);
  });

  const move = (right: number, down: number): void =>
    setCamera({ ...shown, x: shown.x + right / shown.scale, y: shown.y + down / shown.scale });
  const zoom = (factor: number, at: readonly [number, number] | null = null): void => {
    const scale = Math.min(4, Math.max(0.01, shown.scale * factor));
    const [left, top] = at ?? [size.width / 2, size.height / 2];
    const [dx, dy] = [left - size.width / 2, top - size.height / 2];
    setCamera({
      x: shown.x + dx / shown.scale - dx / scale,
      y: shown.y + dy / shown.scale - dy / scale,
      scale,
    });
  };
  const press = (key: string): boolean => {
    const moves = new Map([
      ['ArrowLeft', () => move(-STEP, 0)],
      ['ArrowRight', () => move(STEP, 0)],
      ['ArrowUp', () => move(0, -STEP)],
      ['ArrowDown', () => move(0, STEP)],
      ['+', () => zoom(1.3)],
      ['=', () => zoom(1.3)],
      ['-', () => zoom(1 / 1.3)],
      ['0', () => setCamera(null)],
    ]);
    const found = moves.get(key);
    found?.();
    return found !== undefined;
  };
  const readPoint = (event: {
    readonly clientX: number;
    readonly clientY: number;
  }): readonly [number, number] => {
    const box = held.current?.getBoundingClientRect();
    return [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)];
  };
  return (
    <canvas
      ref={held}
      className="graph"
      role="img"
      aria-label={label}
      tabIndex={0}
      onKeyDown={(event) => {
        if (!event.ctrlKey && !event.metaKey && press(event.key)) event.preventDefault();
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, y: event.clientY, far: 0 };
      }}
      onPointerMove={(event) => {
        const last = drag.current;
        if (last === null) return;
        const [right, down] = [last.x - event.clientX, last.y - event.clientY];
        const far = last.far + Math.abs(right) + Math.abs(down);
        drag.current = { x: event.clientX, y: event.clientY, far };
        move(right, down);
      }}
      onPointerUp={(event) => {
        const isClick = (drag.current?.far ?? 0) < 4;
        drag.current = null;
        if (isClick) choose(findNode(graph, shown, size, readPoint(event)));
      }}
      onWheel={(event) => zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, readPoint(event))}
    />
  );
}
