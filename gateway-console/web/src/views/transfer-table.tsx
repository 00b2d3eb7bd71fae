import type { Transfer } from "../api";
import { useFormat } from "../format";
import { Icon } from "../icons";
import { useTexts } from "../language";
import { Bar, Table } from "../parts";
import { AccountLink } from "../self";

export function TransferTable({ transfers }: { transfers: Transfer[] }) {
  const t = useTexts();
  const { bytes, rate, duration, percent } = useFormat();
  return (
    <Table
      label={t.overview.inFlight}
      head={[t.transfers.path, t.transfers.account, t.transfers.progress, t.transfers.rate, t.transfers.left]}
    >
      {transfers.map((transfer) => {
        const left =
          transfer.total === null || !transfer.bytesPerSecond
            ? null
            : ((transfer.total - transfer.bytes) / transfer.bytesPerSecond) * 1000;
        return (
          <tr key={transfer.id}>
            <td className="path">
              <span className="with-icon">
                <Icon name={transfer.operation === "upload" ? "up" : "down"} size={16} />
                <span className="hidden">{t.operations[transfer.operation]}</span>
                {transfer.path}
              </span>
              <span className="note under">
                {transfer.origin !== null && (t.origins[transfer.origin] ?? transfer.origin)}
                {transfer.address !== null && ` · ${transfer.address}`}
              </span>
            </td>
            <td className="tight">
              {transfer.account !== null && <AccountLink name={transfer.account} />}
            </td>
            <td className="progress">
              <div className="amount">
                <span>
                  {transfer.total === null ? bytes(transfer.bytes) : t.jobs.of(bytes(transfer.bytes), bytes(transfer.total))}
                </span>
                {transfer.total !== null && transfer.total > 0 && (
                  <span>{percent(transfer.bytes / transfer.total)}</span>
                )}
              </div>
              {transfer.total !== null && (
                <Bar label={`${t.transfers.progress} ${transfer.path}`} value={transfer.bytes} total={transfer.total} />
              )}
            </td>
            <td className="tight number">{rate(transfer.bytesPerSecond)}</td>
            <td className="tight number">{duration(left)}</td>
          </tr>
        );
      })}
    </Table>
  );
}
